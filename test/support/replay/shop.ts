// A shop whose invoices were wrong for a time: the module of an app, as the command line loads it. What it is is told by the environment.
//   MILLRACE_SHOP='{ "id": …, "log": …, "code": "wrong" | "mended", "effects": "<file>" }'
import { appendFileSync } from "node:fs";
import pino from "pino";
import { Millrace } from "../../../engine/sdk/index.ts";
import type { LogOptions } from "../../../engine/config/options.ts";
import { declareBill, type ShopEvents } from "./bill.ts";

export interface ShopSettings {
  readonly id: string;
  readonly log: LogOptions;
  readonly code: "wrong" | "mended";
  /** A line is added for each effect: the step, and the order. */
  readonly effects: string;
  readonly partitions: number;
}

const { id, log, code, effects, partitions } = JSON.parse(process.env["MILLRACE_SHOP"] ?? "") as ShopSettings;

export const app = new Millrace<ShopEvents>({ id, log, partitions, logger: pino({ level: "silent" }) });
declareBill(app, code, (line) => appendFileSync(effects, `${line}\n`));
