// A process that is not to outlive the one that started it, even where its code never lets the event loop turn: a thread looks who its parent is.
import { Worker } from "node:worker_threads";

const LOOK_MS = 500;
/** Whoever does not hear within that is caught in a loop. */
const HEAR_MS = 2_000;
/** So long it may take to end by itself, in good order. */
const GRACE_MS = 25_000;

/** `parent`: its process id. When that process is gone `onGone` is called, and some time later this process is killed, if it is still there. */
export function leashTo(parent: number, onGone: () => void): void {
  const thread = new Worker(CODE, { eval: true, workerData: { parent, LOOK_MS, HEAR_MS, GRACE_MS }, execArgv: [], env: {} });
  thread.unref();
  thread.on("message", () => {
    thread.postMessage("heard");
    onGone();
  });
}

const CODE = `
const { parentPort, workerData } = require("node:worker_threads");
const { parent, LOOK_MS, HEAR_MS, GRACE_MS } = workerData;
const kill = () => process.kill(process.pid, "SIGKILL");
const look = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(look);
  const late = setTimeout(kill, HEAR_MS);
  parentPort.once("message", () => {
    clearTimeout(late);
    setTimeout(kill, GRACE_MS);
  });
  parentPort.postMessage("gone");
}, LOOK_MS);
`;
