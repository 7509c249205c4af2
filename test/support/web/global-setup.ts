// Before tests of the dashboard: a browser is there, and the dashboard is built as it stands.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const run = promisify(execFile);

export default async function setUp(): Promise<void> {
  await Promise.all([haveChromium(), run(path.join(ROOT, "node_modules/.bin/vite"), ["build", "--logLevel", "error"], { cwd: ROOT })]);
}

async function haveChromium(): Promise<void> {
  if (existsSync(CHROMIUM)) return;
  if (process.getuid?.() !== 0) throw new Error(`tests of the dashboard need Chromium: apt-get install chromium (looked for ${CHROMIUM})`);
  await run("apt-get", ["install", "--yes", "--no-install-recommends", "chromium"], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}

/** Debian's; another one by the environment. */
export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
