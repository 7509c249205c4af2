// A worker as an example's own worker.ts is one, which also tells the demo what the log acknowledged, and sends the events that the demo hands it.
import type { EventToSend, Millrace } from "millrace";
import pino from "pino";
import type { JournalRecord } from "../../engine/workflow/records.ts";
import type { AppOptions, FromWorker, OwnDigest, StageEvent, ToWorker, WorkerSetUp } from "./messages.ts";

const STATUS_EVERY_MS = 100;

export interface Work<Events extends object, Told> {
  readonly createApp: (options: AppOptions, tools: ConstructorParameters<typeof Millrace>[1]) => Millrace<Events>;
  readonly toldBy: (record: JournalRecord) => readonly Told[];
}

export async function work<Events extends object, Told>({ createApp, toldBy }: Work<Events, Told>): Promise<void> {
  const { options, logFile } = JSON.parse(process.argv[2] ?? "") as WorkerSetUp;
  const tell = (message: FromWorker<Told>): void => void process.send?.(message);

  const app = createApp(
    { ...options, logger: pino({ level: "warn" }, pino.destination({ dest: logFile, sync: true })) },
    {
      onFrame: (_partition, { records }) => {
        const told = records.flatMap(toldBy);
        if (told.length > 0) tell({ type: "acknowledged", at: Date.now(), told });
      },
    },
  );

  process.on("message", (message: ToWorker) => {
    if (message.type === "send") void send(app, message.event).then(() => tell({ type: "accepted", id: message.event.id }));
    else void digestsOf(app).then((digests) => tell({ type: "digests", digests }));
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
}

/** The demo made it of the app's own events; on its way here it was JSON. */
async function send<Events extends object>(app: Millrace<Events>, event: StageEvent): Promise<void> {
  await app.send(event as EventToSend<Events>);
}

async function digestsOf<Events extends object>(app: Millrace<Events>): Promise<readonly OwnDigest[]> {
  return [...(await app.digests())].map(([partition, { lsn, digest }]) => ({ partition, lsn, digest }));
}
