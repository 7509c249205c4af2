// A process that is not to outlive the one that started it, even where its code never lets the event loop turn: a thread looks who its parent is.
import { Worker } from "node:worker_threads";

const LOOK_MS = 500;
/** So long it may take to end by itself, in good order. */
const GRACE_MS = 25_000;

/** `parent`: its process id. Ends this process, at the latest, some time after that one is gone. */
export function leashTo(parent: number): void {
  const thread = new Worker(
    `const { parent, lookMs, graceMs } = require("node:worker_threads").workerData;
     const look = setInterval(() => {
       if (process.ppid === parent) return;
       clearInterval(look);
       setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs);
     }, lookMs);`,
    { eval: true, workerData: { parent, lookMs: LOOK_MS, graceMs: GRACE_MS }, execArgv: [], env: {} },
  );
  thread.unref();
}
