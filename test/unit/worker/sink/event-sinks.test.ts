// app.createSink: events as the app reads them, in a database of one's own, from start() to stop().
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import { Millrace, type EventBatch, type EventSink, type SinkWritten } from "../../../../engine/sdk/index.ts";
import { until } from "../../../support/faults/until.ts";

interface Events {
  "order/placed": { readonly n: number };
}

let log: EmbeddedLog;
beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
});
afterEach(() => log.close());

function made(): Millrace<Events> {
  return new Millrace<Events>({ id: "shop", partitions: 1, logger: pino({ level: "silent" }) }, { log });
}

class Table {
  position: number | null = null;
  readonly rows: number[] = [];
  readonly aside: string[] = [];

  positions(): ReadonlyMap<number, number> {
    return new Map(this.position === null ? [] : [[0, this.position]]);
  }

  write({ from, next, events, unreadable }: EventBatch<Events>): SinkWritten {
    if ((this.position ?? from) !== from) return "moved";
    this.rows.push(...events.map(({ data }) => data.n));
    this.aside.push(...unreadable.map(({ code, offset }) => `${code} at ${offset}`));
    this.position = next;
    return "stored";
  }
}

test("events are stored as the app has them, what is none is put aside, and stopping leaves nothing behind", async () => {
  const table = new Table();
  const app = made();
  app.createSink({ id: "orders", sink: table });
  await app.start();
  await app.send({ name: "order/placed", data: { n: 1 } });
  await log.append({ topic: "shop.events", partition: 0 }, [{ key: null, value: Buffer.from("what?") }]);
  await vi.waitFor(() => expect(app.sinks().get("orders")).toMatchObject([{ state: "reading", lag: 0, next: 2 }]), 15_000);
  await app.send({ name: "order/placed", data: { n: 2 } });
  await app.stop();
  expect(table).toMatchObject({ rows: [1, 2], aside: ["EVENT_WITHOUT_TYPE at 1"], position: 3 });
});

test("another life of the app goes on where the table is", async () => {
  const table = new Table();
  for (const n of [1, 2]) {
    const app = made();
    app.createSink({ id: "orders", sink: table });
    await app.start();
    await app.send({ name: "order/placed", data: { n } });
    await app.stop();
  }
  expect(table.rows).toEqual([1, 2]);
});

test("how far sinks are, and which of them get nothing, is measured", async () => {
  const app = made();
  app.createSink({ id: "orders", sink: new Table() });
  const gone: EventSink<Events> = { positions: () => Promise.reject(new Error("no database")), write: () => "stored" };
  app.createSink({ id: "broken", sink: gone });
  await app.start();
  await app.send({ name: "order/placed", data: { n: 1 } });
  await until("it was fed, and tried", async () => {
    const text = await app.metrics();
    return (
      text.includes('millrace_sink_lag_records{app="shop",consumer="",sink="orders",topic="shop.events",source_partition="0"} 0') &&
      text.includes('millrace_sink_partitions{app="shop",consumer="",sink="orders",state="reading"} 1') &&
      text.includes('millrace_sink_partitions{app="shop",consumer="",sink="broken",state="retrying"} 1')
    );
  });
  await app.stop();
});

test("sinks are declared before the start, each with an id of its own", async () => {
  const app = made();
  app.createSink({ id: "orders", sink: new Table() });
  const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });
  expect(() => app.createSink({ id: "orders", sink: new Table() })).toThrow(code("DUPLICATE_CONSUMER"));
  expect(() => app.createSink({ id: "not this", sink: new Table() })).toThrow(code("INVALID_CONSUMER"));
  expect(() => app.createSink({ id: "other", topics: [], sink: new Table() })).toThrow(code("INVALID_CONSUMER"));
  await app.start();
  expect(() => app.createSink({ id: "late", sink: new Table() })).toThrow(code("WRONG_STATE"));
  await app.stop();
});

test("a topic that there is not keeps the app from starting", async () => {
  const app = made();
  app.createSink({ id: "orders", topics: ["ordres"], sink: new Table() });
  await expect(app.start()).rejects.toMatchObject({ code: "INVALID_CONSUMER" });
  await app.stop();
});

test("a sink and a consumer that would share a consumer group are refused at the start", async () => {
  const app = made();
  app.createSink({ id: "orders.v2", sink: new Table() });
  app.createConsumer({ id: "orders", version: 2, events: ["order/placed"], from: "now", handle: () => {} });
  await expect(app.start()).rejects.toMatchObject({ code: "DUPLICATE_CONSUMER" });
  await app.stop();
});
