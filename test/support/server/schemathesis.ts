// Schemathesis, which asks an API whatever its OpenAPI description allows, and what it does not: installed once, by Python's own means.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const VERSION = "4.32.5";
const ROOT = path.resolve(import.meta.dirname, "../../..");
const VENV = path.join(ROOT, "node_modules/.cache", `schemathesis-${VERSION}`);

const run = promisify(execFile);

/** The program `st`: the one that MILLRACE_SCHEMATHESIS names, else one of our own. @throws where there is no Python, or no package index */
export async function schemathesis(): Promise<string> {
  const named = process.env["MILLRACE_SCHEMATHESIS"];
  if (named !== undefined) return named;
  const program = path.join(VENV, "bin/st");
  if (existsSync(program)) return program;
  await run("python3", ["-m", "venv", "--clear", VENV]);
  await run(path.join(VENV, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", `schemathesis==${VERSION}`], {
    timeout: 240_000,
  });
  return program;
}

/** Resolves when it has ended, with what it said. */
export async function ended(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(program, [...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const hear = (chunk: Buffer): void => void (output += chunk.toString("utf8"));
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("error", reject);
  child.on("close", resolve);
  return { code: await promise, output };
}
