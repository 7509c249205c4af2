// A shop whose orders get receipts. One day it has loyalty points, too, and customers are to have those for their old orders.
import path from "node:path";
import { Millrace } from "millrace";
import { Points } from "./points.ts";

export interface ShopEvents {
  "order/placed": { readonly order: string; readonly customer: string; readonly cents: number };
}

/** `folder` holds the log and the points. */
export function createApp(folder: string, version: "receipts" | "receipts and points"): Millrace<ShopEvents> {
  const points = Points.open(folder);
  const app = new Millrace<ShopEvents>({ id: "shop", log: { kind: "embedded", path: path.join(folder, "log") }, partitions: 4 });
  app.createFunction({ id: "receipt", triggers: [{ event: "order/placed" }] }, async ({ step, event }) => {
    await step.run("print", () => `receipt of ${event.data.order}`);
  });
  if (version === "receipts and points") {
    app.createFunction({ id: "loyalty points", triggers: [{ event: "order/placed" }] }, async ({ step, event, runId }) => {
      const { order, customer, cents } = event.data;
      await step.run("book", () => points.book({ order, run: runId, customer, points: Math.floor(cents / 100) }));
    });
  }
  return app;
}
