// The producer's process of a benchmark: sends as many events as it is told to.
import pino from "pino";
import type { LogOptions } from "../engine/config/options.ts";
import { Millrace } from "../engine/sdk/millrace.ts";
import { codecOf } from "./bench-codec.ts";

const { id, log, fsync, total, key } = JSON.parse(process.argv[2] ?? "{}") as {
  id: string;
  log: LogOptions;
  fsync: "always" | "never";
  total: number;
  key: string | null;
};
const app = new Millrace({ id, log, fsync, logger: pino({ level: "warn" }, pino.destination(2)), ...codecOf(key) });
let sent = 0;
process.on("message", (count: number) => {
  for (let index = 0; index < count && sent < total; index++) {
    sent += 1;
    void app.send({ name: "bench/started", data: { n: sent, sentAt: performance.timeOrigin + performance.now() } });
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
