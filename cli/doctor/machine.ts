// This machine: its Node, how busy it is, its disk, and who may read the file of tokens.
import { existsSync, statfsSync, statSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import path from "node:path";
import { fail, ok, warn, type Finding } from "./finding.ts";

const NEEDED = [22, 18] as const;
const MIB = 1024 * 1024;
const LITTLE_MIB = 1_024;
const NONE_MIB = 100;
/** Others take over the partitions of a worker that says nothing for some seconds. */
const SLOW_MS = 250;

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return ok("Node", version);
  return fail("Node", `${version} is too old`, `install Node ${NEEDED.join(".")} or newer`);
}

/** How late timers are while everything else is looked at. Call what it returns at the end. */
export function watchEventLoop(): () => Finding {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  return () => {
    delays.disable();
    const lateMs = Math.round(delays.percentile(99) / 1e6);
    const says = `99 % of its timers are at most ${lateMs} ms late`;
    if (lateMs < SLOW_MS) return ok("event loop", says);
    return warn("event loop", says, "this machine is short of processors: a worker here may lose its partitions. See `top`");
  };
}

/** `directory`: of an embedded log. */
export function diskFinding(directory: string): Finding {
  const there = nearestThere(path.resolve(directory));
  const { bavail, bsize } = statfsSync(there);
  const freeMib = Math.floor((bavail * bsize) / MIB);
  const says = `${freeMib.toLocaleString("en")} MiB are free at ${there}`;
  const mend = `make room there, or have the log elsewhere: --path <directory>, after moving ${path.resolve(directory)}`;
  if (freeMib < NONE_MIB) return fail("disk", says, mend);
  return freeMib < LITTLE_MIB ? warn("disk", says, mend) : ok("disk", says);
}

export function tokensFinding(file: string): Finding {
  const of = `tokens ${file}`;
  if (!existsSync(file)) return fail(of, "there is no such file", `millrace token create <name> --tokens ${file}`);
  const { mode } = statSync(file);
  if (process.platform === "win32" || (mode & 0o077) === 0) return ok(of, "only its owner reads it");
  // It has hashes alone, but says who may do what; and whoever may write it may make tokens.
  const says = `others may ${(mode & 0o022) === 0 ? "read" : "write"} it (mode ${(mode & 0o777).toString(8)})`;
  return ((mode & 0o022) === 0 ? warn : fail)(of, says, `chmod 600 ${file}`);
}

function nearestThere(directory: string): string {
  return existsSync(directory) ? directory : nearestThere(path.dirname(directory));
}
