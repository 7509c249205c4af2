// The shop's invoices: each order is taxed, booked, and told to accounting, which files what it is told.
import path from "node:path";
import { Millrace, type MillraceOptions } from "millrace";
import pino from "pino";
import { Books } from "./books.ts";
import type { Events } from "./events.ts";
import type { VatOf } from "./vat.ts";

export interface Place {
  /** Of the books. */
  readonly folder: string;
  /** Where the log is. */
  readonly log: Pick<MillraceOptions, "log" | "topicPrefix" | "partitions">;
}

export const APP_ID = "shop";

export function createApp({ folder, log }: Place, vatOf: VatOf): Millrace<Events> {
  const books = Books.open(path.join(folder, "books.db"));
  const app = new Millrace<Events>({ id: APP_ID, ...log, logger: pino({ level: "warn" }, pino.destination(2)) });

  app.createFunction({ id: "invoice", triggers: [{ event: "order/placed" }] }, async ({ event, step }) => {
    const { order, net } = event.data;
    const number = await step.run("number", () => books.nextNumber());
    // It does nothing but compute, and says so: so it can be computed again.
    const vat = await step.run({ id: "vat", pure: true }, () => vatOf(net));
    const total = net + vat.amount;
    await step.run("book", () => books.book({ order, number, total }));
    await step.sendEvent("tell accounting", { name: "invoice/issued", key: order, data: { order, net, vat: vat.amount, total } });
    return { order, number, total };
  });

  app.createFunction({ id: "accounting", triggers: [{ event: "invoice/issued" }] }, async ({ event, step }) => {
    await step.run("file", () => books.file(event.id));
  });
  return app;
}
