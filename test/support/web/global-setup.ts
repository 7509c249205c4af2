// Before tests of the dashboard: a browser is there, and the dashboard is built as it stands.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { havePackage } from "../debian-package.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const VITE = path.join(ROOT, "node_modules/.bin/vite");
const run = promisify(execFile);

export default async function setUp(): Promise<() => void> {
  const dashboard = mkdtempSync(path.join(tmpdir(), "millrace-dashboard-"));
  await Promise.all([havePackage(CHROMIUM, "chromium"), build(dashboard)]);
  process.env["TEST_DASHBOARD"] = dashboard;
  return () => rmSync(dashboard, { recursive: true, force: true });
}

/** As it is packed: with the environment of tests it would be React's for development. */
async function build(directory: string): Promise<void> {
  const env = { ...process.env, NODE_ENV: "production" };
  await run(VITE, ["build", "--logLevel", "error", "--outDir", directory, "--emptyOutDir"], { cwd: ROOT, env });
}

/** Debian's; another one by the environment. */
export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
