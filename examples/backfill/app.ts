// Customers of an old table are brought into a new one: a million rows, in slices of a thousand.
import path from "node:path";
import { Millrace } from "millrace";
import { Customers } from "./customers.ts";

const SLICE = 1_000;

/** `folder` holds the tables and the log. */
export function createApp(folder: string): Millrace<{ "backfill/asked": null }> {
  const customers = Customers.open(folder);
  const app = new Millrace<{ "backfill/asked": null }>({
    id: "backfill",
    log: { kind: "embedded", path: path.join(folder, "log") },
    partitions: 1,
  });
  app.createFunction({ id: "backfill", triggers: [{ event: "backfill/asked" }] }, async ({ step }) => {
    const last = await step.iterate("customers", {
      from: 0,
      next: (cursor) => {
        const rows = customers.after(cursor, SLICE);
        // A slice may run again: rows are written by their ids.
        customers.bring(cursor, rows);
        return { cursor: rows.at(-1)?.id ?? cursor, done: rows.length < SLICE };
      },
    });
    await step.run("say so", () => customers.finish(last));
    return last;
  });
  return app;
}
