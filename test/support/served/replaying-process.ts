// A server with an app in a process of its own, on a log in `other` of the directory that it is given, and a dry run by the module there.
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ServedBench } from "./served-bench.ts";

const directory = process.argv[2] ?? "";
const log = { kind: "embedded" as const, path: path.join(directory, "other") };
const bench = await ServedBench.start(
  (app) => {
    app.createFunction({ id: "tax", triggers: [{ event: "came" }] }, ({ step }) => step.run("tax", () => 1));
  },
  { log, partitions: 1, module: path.join(directory, "app.ts") },
);
await bench.app.send({ name: "came", data: 1 });
while (!JSON.stringify((await bench.ask("GET", "/functions/tax")).body).includes('"completed":1')) await delay(50);
await bench.ask("POST", "/replays", { function: "tax" });
