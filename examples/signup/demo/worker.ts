// A worker as ../worker.ts is one, which also tells the demo what the log acknowledged, and sends the events that the demo hands it.
import pino from "pino";
import { createApp } from "../app.ts";
import type { FromWorker, ToWorker, WorkerSetUp } from "./messages.ts";
import { toldBy } from "./told.ts";

const STATUS_EVERY_MS = 100;

const { options, logFile } = JSON.parse(process.argv[2] ?? "") as WorkerSetUp;
const tell = (message: FromWorker): void => void process.send?.(message);

const app = createApp(
  { ...options, logger: pino({ level: "warn" }, pino.destination({ dest: logFile, sync: true })) },
  {
    onFrame: (_partition, { records }) => {
      const told = records.flatMap(toldBy);
      if (told.length > 0) tell({ type: "acknowledged", at: Date.now(), told });
    },
  },
);

process.on("message", ({ event }: ToWorker) => {
  void app.send(event).then(() => tell({ type: "accepted", id: event.id }));
});
process.on("disconnect", () => process.exit());
process.once("SIGTERM", () => void app.stop().then(() => process.disconnect()));

await app.start();
tell({ type: "started" });
setInterval(() => {
  const running = app.status().filter(({ status }) => status === "RUNNING");
  const openRuns = running.reduce((sum, report) => sum + report.openRuns, 0);
  tell({ type: "status", running: running.map(({ partition }) => partition), openRuns });
}, STATUS_EVERY_MS).unref();
