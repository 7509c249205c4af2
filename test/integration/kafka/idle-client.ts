// A process with one kafkajs client that idles for a second, with our patches or without, and tells what it did meanwhile.
import { createRequire } from "node:module";
import type * as Kafkajs from "kafkajs";

const [brokers, patches] = process.argv.slice(2);
if (patches === "patched") await import("../../../engine/log/kafka/kafkajs.ts");
const { Kafka, logLevel } = createRequire(import.meta.url)("kafkajs") as typeof Kafkajs;

let warnings = 0;
process.on("warning", ({ name }) => {
  if (name === "TimeoutNegativeWarning") warnings++;
});
let timers = 0;
const arm = globalThis.setTimeout;
globalThis.setTimeout = Object.assign((...args: Parameters<typeof arm>) => {
  timers++;
  return arm(...args);
}, arm);

const admin = new Kafka({ brokers: [brokers ?? ""], logLevel: logLevel.NOTHING }).admin();
await admin.connect();
await admin.describeCluster();
timers = 0;
await new Promise((resolve) => arm(resolve, 1_000));
const idle = { timers, warnings };
await admin.disconnect();
console.log(JSON.stringify(idle));
process.exit(0);
