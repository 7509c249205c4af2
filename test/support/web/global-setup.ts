// Before tests of the dashboard: a browser is there, and the dashboard is built as it stands.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const VITE = path.join(ROOT, "node_modules/.bin/vite");
const run = promisify(execFile);

export default async function setUp(): Promise<() => void> {
  const dashboard = mkdtempSync(path.join(tmpdir(), "millrace-dashboard-"));
  await Promise.all([haveChromium(), build(dashboard)]);
  process.env["MILLRACE_TEST_DASHBOARD"] = dashboard;
  return () => rmSync(dashboard, { recursive: true, force: true });
}

/** As it is packed: with the environment of tests it would be React's for development. */
async function build(directory: string): Promise<void> {
  const env = { ...process.env, NODE_ENV: "production" };
  await run(VITE, ["build", "--logLevel", "error", "--outDir", directory, "--emptyOutDir"], { cwd: ROOT, env });
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
