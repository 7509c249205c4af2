// A shop whose invoices were wrong for a time: the module of an app, as the command line loads it. What it is is told by the environment.
//   MILLRACE_SHOP='{ "id": …, "log": …, "code": "wrong" | "mended", "effects": "<file>" }'
import { appendFileSync } from "node:fs";
import pino from "pino";
import { Millrace } from "../../../engine/sdk/index.ts";
import type { LogOptions } from "../../../engine/config/options.ts";

export interface ShopSettings {
  readonly id: string;
  readonly log: LogOptions;
  readonly code: "wrong" | "mended";
  /** A line is added for each effect: the step, and the order. */
  readonly effects: string;
  readonly partitions: number;
}

const { id, log, code, effects, partitions } = JSON.parse(process.env["MILLRACE_SHOP"] ?? "") as ShopSettings;

export const app = new Millrace<{
  "order/placed": { order: number; net: number; reduced: boolean };
  "invoice/sent": { order: number; gross: number };
  "order/booked": { order: number };
}>({ id, log, partitions, logger: pino({ level: "silent" }) });

app.createFunction({ id: "bill", triggers: [{ event: "order/placed" }], retries: 0 }, async ({ event, step, rerunOf }) => {
  const { order, net, reduced } = event.data;
  const effect = (name: string): void => appendFileSync(effects, `${name} ${order} ${rerunOf === null ? "first" : "again"}\n`);
  await step.run("reserve", () => effect("reserve"));
  await step.sendEvent("book", { name: "order/booked", data: { order } });
  // The mistake: a reduced rate for orders of a hundred and more.
  const rate = reduced && (code === "mended" || net < 100) ? 0.05 : 0.23;
  const gross = await step.run({ id: "add tax", pure: true }, () => Math.round(net * (1 + rate) * 100) / 100);
  await step.run("print", () => effect("print"));
  await step.sendEvent("tell", [
    { name: "invoice/sent", data: { order, gross }, key: String(order) },
    { name: "order/booked", data: { order } },
  ]);
  return { gross };
});
