// A child that is busy with code that never lets go does not hear that its parent is gone: a thread of its own looks, and ends it.
import { Worker } from "node:worker_threads";

const LOOK = `
const { ppid } = process;
setInterval(() => {
  if (process.ppid !== ppid) process.kill(process.pid, "SIGKILL");
}, 500);
`;

export function endWithParent(): void {
  new Worker(LOOK, { eval: true }).unref();
}
