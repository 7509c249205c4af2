// Programs that tests need beside Node, from Debian's packages: installed where they are missing, or said to be.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Resolves when the program is there. @throws where it is not, and cannot be installed: then the tests that need it fail */
export async function havePackage(program: string, name: string): Promise<void> {
  if (await isThere(program)) return;
  if (process.getuid?.() !== 0) throw new Error(`tests need ${program}: apt-get install ${name}`);
  try {
    await install(name);
  } catch {
    // The lists may be older than what the mirrors have.
    await run("apt-get", ["update"], ENVIRONMENT);
    await install(name);
  }
}

const ENVIRONMENT = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };

async function isThere(program: string): Promise<boolean> {
  return run("sh", ["-c", 'command -v "$0"', program]).then(
    () => true,
    () => false,
  );
}

async function install(name: string): Promise<void> {
  await run("apt-get", ["install", "--yes", "--no-install-recommends", name], ENVIRONMENT);
}
