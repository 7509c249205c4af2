// A benchmark of memory in a process whose heap has limits. Without them Node lets garbage pile up to a few hundred MB where a machine has many
// GB, whatever the program needs.
import { spawnSync } from "node:child_process";

const SMALL_HEAP = ["--max-old-space-size=512", "--max-semi-space-size=8"];

/** Runs the whole command again with these limits, and ends with it; does nothing where the process has limits of its own. */
export function limitHeap(): void {
  if (process.execArgv.some((argument) => argument.startsWith("--max-"))) return;
  const { status } = spawnSync(process.execPath, [...SMALL_HEAP, ...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit" });
  process.exit(status ?? 1);
}
