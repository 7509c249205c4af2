// A worker of one version of the shop. Orders come meanwhile: it takes them itself, since the embedded log is for one process at a time.
//   node worker.ts <folder> <version> <first order> <last order> <pause between two, in ms> [<rate of the backfill>]
import { setTimeout as passed } from "node:timers/promises";
import { createApp } from "./app.ts";
import { orderOf } from "./orders.ts";

const [, , folder = ".", version = "receipts", first = "0", last = "0", everyMs = "0", rate] = process.argv;
const app = createApp(folder, version === "receipts" ? "receipts" : "receipts and points");
await app.start();
// Given again by each worker that is started: with the same id it is the same backfill.
if (rate !== undefined) await app.backfill("loyalty points", { from: "beginning", rate: Number(rate), id: "points for old orders" });
process.stdout.write("started\n");
const BATCH = 200;
const pause = Number(everyMs);
for (let number = Number(first); number < Number(last); number += pause > 0 ? 1 : BATCH) {
  const end = pause > 0 ? number + 1 : Math.min(number + BATCH, Number(last));
  await app.send(Array.from({ length: end - number }, (_, index) => orderOf(number + index)));
  if (pause > 0) await passed(pause);
}
process.stdout.write("sent\n");
// Nothing to do for half a second: all that was sent is done.
for (let quiet = 0; quiet < 10; quiet++) {
  await passed(50);
  if (app.status().some(({ openRuns }) => openRuns > 0)) quiet = 0;
}
process.stdout.write("done\n");
