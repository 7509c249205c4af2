// The worker's process of a benchmark that stops and kills workers: runs of one short step.
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import type { MillraceOptions } from "../engine/sdk/app-options.ts";
import { Millrace } from "../engine/sdk/millrace.ts";

export interface SteadySettings {
  readonly app: Omit<MillraceOptions, "logger">;
  readonly stepMs: number;
}

const { app: options, stepMs } = JSON.parse(process.argv[2] ?? "{}") as SteadySettings;
const level = process.env["LOG_LEVEL"] ?? "warn";
const app = new Millrace({ ...options, logger: pino({ level }, pino.destination(2)) });
app.createFunction({ id: "steady", triggers: [{ event: "bench/tick" }] }, ({ step }) => step.run("work", () => sleep(stepMs)));
process.on("disconnect", () => process.exit(1));
process.once("message", () => void app.stop().then(() => process.exit(0)));
await app.start();
process.send?.("started");
