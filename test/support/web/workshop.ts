// An app that has something to show on every page of the dashboard: schemas, limits, a consumer, dead letters, and code that was mended since.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { avro, Millrace, NonRetriableError } from "../../../engine/sdk/index.ts";
import { silentPino } from "../../../engine/sdk/testing.ts";
import type { Log } from "../../../engine/log/log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { createServer, type ServerOptions } from "../../../server/app.ts";
import { Hub } from "../../../server/live-hub.ts";
import { openWholeHistory } from "../../../server/whole-history.ts";
import { DASHBOARD } from "./browser.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

export const ORDER_SCHEMA = {
  type: "record",
  name: "shop.OrderPlaced",
  event: "order/placed",
  doc: "Somebody bought something",
  fields: [
    { name: "order", type: "string", doc: "Number on the receipt" },
    { name: "net", type: "int", doc: "In cents" },
    { name: "placedAt", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "total", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
    { name: "country", type: { type: "enum", name: "Country", symbols: ["AT", "DE"] } },
    { name: "gift", type: "boolean", default: false },
    { name: "coupon", type: ["null", "string"], default: null },
    {
      name: "lines",
      type: { type: "array", items: { type: "record", name: "Line", fields: [{ name: "sku", type: "string" }] } },
      default: [],
    },
    { name: "labels", type: { type: "map", values: "string" }, default: {} },
    {
      name: "paidBy",
      type: [
        "null",
        { type: "record", name: "Card", fields: [{ name: "last4", type: "string" }] },
        { type: "record", name: "Transfer", fields: [{ name: "iban", type: "string" }] },
      ],
      default: null,
    },
  ],
} as const;

export interface Order {
  readonly order: string;
  readonly net: number;
  readonly placedAt: string;
  readonly total: string;
  readonly country: string;
}

export function order(number: number, net = 100_00): Order {
  return { order: `order-${number}`, net, placedAt: "2026-11-22T09:30:00.000Z", total: "119.00", country: "AT" };
}

export interface Workshop extends AsyncDisposable {
  readonly app: Millrace;
  readonly log: Log;
  readonly url: string;
}

export async function serveWorkshop(options: Partial<ServerOptions> = {}): Promise<Workshop> {
  const directory = mkdtempSync(path.join(tmpdir(), "millrace-workshop-"));
  const app = new Millrace({
    id: "shop",
    partitions: 2,
    logger: silentPino,
    log: { kind: "embedded", path: path.join(directory, "log") },
    events: { "order/placed": avro<Order>(ORDER_SCHEMA) },
  } as object as { id: string });
  declare(app);
  await app.start();
  const { log } = await app.parts.connect();
  const { topics } = app.parts;
  const live = new Hub();
  const history = await openWholeHistory({
    file: path.join(directory, "history.db"),
    log,
    topics,
    partitions: 2,
    live,
    logger: silentLogger,
  });
  const module = path.join(directory, "app.ts");
  writeFileSync(module, mendedModule());
  const server = createServer(
    { id: app.id, app, code: { module, parts: app.parts }, log, topics, partitions: 2, history: history.database },
    {
      mode: "dev",
      access: { kind: "open" },
      version: "0.0.0",
      logger: silentLogger,
      live,
      history,
      dashboard: DASHBOARD,
      ...options,
    },
  );
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  return {
    app,
    log,
    url,
    async [Symbol.asyncDispose]() {
      await server.close();
      await history.close();
      await app.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One that is no JSON, though it says so: nobody can decide about it. */
export async function sendUnreadable(log: Log, value = "<xml/>"): Promise<void> {
  await log.append({ topic: "shop.events", partition: 1 }, [
    {
      key: null,
      value: Buffer.from(value),
      headers: { ce_type: "order/placed", ce_id: crypto.randomUUID(), ce_source: "elsewhere", "content-type": "text/xml" },
    },
  ]);
}

function declare(app: Millrace): void {
  app.createFunction({ id: "invoice", triggers: [{ event: "order/placed" }] }, async ({ event, step }) => {
    const { net } = event.data as Order;
    const vat = await step.run({ id: "vat", pure: true }, () => ({ rate: 19, amount: (net * 19) / 100 }));
    await step.sendEvent("tell accounting", { name: "invoice/written", data: { net, vat } });
    return { total: net + vat.amount };
  });
  app.createFunction(
    {
      id: "ship",
      triggers: [{ event: "order/placed", if: 'event.data.country == "AT"' }, { cron: "0 0 1 1 *" }],
      concurrency: { limit: 2, key: "event.data.order" },
      throttle: { limit: 1_000, period: "1 second", burst: 1_000 },
    },
    async ({ step }) => step.run("hand over", () => "on its way"),
  );
  app.createFunction({ id: "fragile", triggers: [{ event: "glass/dropped" }], retries: 0 }, () => {
    throw new NonRetriableError("it broke");
  });
  app.createConsumer({
    id: "customers",
    events: ["order/placed"],
    from: "beginning",
    key: "event.data.order",
    state: { orders: (count: number | undefined) => (count ?? 0) + 1 },
    retries: 0,
    handle: ({ event }) => {
      if ((event.data as Order).net < 0) throw new NonRetriableError("nobody pays a negative price");
    },
  });
}

/** The app's code as it is on disk by now: small orders are taxed otherwise. */
function mendedModule(): string {
  return `
import { avro, Millrace } from ${JSON.stringify(path.join(ROOT, "engine/sdk/index.ts"))};

export const app = new Millrace({ id: "shop", partitions: 2, events: { "order/placed": avro(${JSON.stringify(ORDER_SCHEMA)}) } });

app.createFunction({ id: "invoice", triggers: [{ event: "order/placed" }] }, async ({ event, step }) => {
  const { net } = event.data;
  const vat = await step.run({ id: "vat", pure: true }, () => {
    const rate = net <= 150_00 ? 7 : 19;
    return { rate, amount: (net * rate) / 100 };
  });
  await step.sendEvent("tell accounting", { name: "invoice/written", data: { net, vat } });
  return { total: net + vat.amount };
});
`;
}
