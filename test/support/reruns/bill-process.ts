// A worker of a function that bills, in a process that can be killed: options as JSON in its argument. What its steps do, they note in a file.
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import type { LogOptions } from "../../../engine/config/options.ts";
import { Millrace, NonRetriableError } from "../../../engine/sdk/index.ts";

export interface BillOptions {
  readonly id: string;
  readonly partitions: number;
  readonly log: LogOptions;
  /** A line `<run> <step>` for each step that is begun. */
  readonly notes: string;
  /** How long a tax takes. */
  readonly taxMs: number;
}

const { id, partitions, log, notes, taxMs } = JSON.parse(process.argv[2] ?? "") as BillOptions;
const app = new Millrace({ id, partitions, log, logger: pino({ level: "silent" }) });
app.createFunction({ id: "bill", triggers: [{ event: "bill/asked" }] }, async ({ event, step, runId }) => {
  const note = (what: string): void => appendFileSync(notes, `${runId} ${what}\n`);
  const net = await step.run("net", () => {
    note("net");
    return (event.data as { amount: number }).amount;
  });
  const tax = await step.run("tax", async () => {
    note("tax");
    if (net < 0) throw new NonRetriableError(`no tax on ${net}`);
    await delay(taxMs);
    return net / 10;
  });
  await step.sendEvent("tell", { name: "bill/made", data: { sum: net + tax } });
  return net + tax;
});
process.once("SIGTERM", () => void app.stop().then(() => process.exit(0)));
await app.start();
process.send?.("started");
