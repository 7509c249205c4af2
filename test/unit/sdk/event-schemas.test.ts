// Events with schemas, through a whole app: what is sent fits them, Avro stands in the topic, and handlers get plain data.
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { z } from "zod";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log, StoredRecord } from "../../../engine/log/log.ts";
import { codecOf } from "../../../engine/schemas/avro/codec.ts";
import { parseEventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import { framed } from "../../../engine/schemas/wire.ts";
import { avro, debezium, Millrace, SchemaError, type MillraceOptions } from "../../../engine/sdk/index.ts";
import { MoodyRegistry } from "../../support/schemas/moody-registry.ts";
import { until } from "../../support/faults/until.ts";

interface SignedUp {
  email: string;
  age?: number | null;
}

const SIGNED_UP = {
  type: "record",
  name: "SignedUp",
  namespace: "users",
  fields: [
    { name: "email", type: "string" },
    { name: "age", type: ["null", "int"], default: null },
  ],
};
const GREETED = { type: "record", name: "Greeted", fields: [{ name: "email", type: "string" }] };

// The log has a thread of its own, which others may keep from running for a while.
vi.setConfig({ testTimeout: 60_000 });

let log: Log;
let registry: MoodyRegistry;
let apps: { stop(): Promise<void> }[];

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  registry = await MoodyRegistry.open();
  apps = [];
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await registry.end();
  await log.close();
});

function appWith<Events extends object, Sent extends object = Events>(
  events: NonNullable<MillraceOptions<Events, Sent>["events"]>,
): Millrace<Events, Sent> {
  const app = new Millrace<Events, Sent>(
    { id: "shop", partitions: 1, stopGraceMs: 0, logger: pino({ level: "silent" }), events },
    { log, registry: () => Promise.resolve(registry) },
  );
  apps.push(app);
  return app;
}

async function records(topic: string): Promise<readonly StoredRecord[]> {
  const end = await log.latestOffset({ topic, partition: 0 });
  const reader = log.openReader({ topic, partition: 0, from: 0 });
  const read: StoredRecord[] = [];
  while (read.length < end) read.push(...(await reader.next()).records);
  reader.close();
  return read;
}

function headersOf(record: StoredRecord | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(record?.headers ?? {}).map(([name, value]) => [name, value.toString()]));
}

describe("Avro", () => {
  test("what apps and their steps send stands in the topic as CloudEvents with Avro in Confluent's wire format; handlers get the data", async () => {
    const app = appWith({ "user/signed.up": avro<SignedUp>(SIGNED_UP), "user/greeted": avro<{ email: string }>(GREETED) });
    const seen: unknown[] = [];
    app.createFunction({ id: "greet", triggers: [{ event: "user/signed.up", if: "event.data.age > 17" }] }, async ({ event, step }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ email: string; age?: number | null }>();
      seen.push(event.data);
      await step.sendEvent("tell", { name: "user/greeted", data: { email: event.data.email } });
    });
    app.createFunction({ id: "count", triggers: [{ event: "user/greeted" }] }, ({ event }) => void seen.push(event.data));
    await app.start();
    await app.send([
      { name: "user/signed.up", data: { email: "ada@example.com", age: 36 }, key: "ada" },
      { name: "user/signed.up", data: { email: "bob@example.com" } },
    ]);
    await until("both were handled", () => seen.length === 2);
    expect(seen).toEqual([{ email: "ada@example.com", age: 36 }, { email: "ada@example.com" }]);

    const [signedUp, , greeted] = await records("shop.events");
    const id = await registry.register("shop.events-users.SignedUp", parseEventSchema({ ...SIGNED_UP, event: "user/signed.up" }, "test"));
    expect(signedUp?.value).toEqual(framed(id, Buffer.concat([Buffer.from([30]), Buffer.from("ada@example.com"), Buffer.from([2, 72])])));
    expect(headersOf(signedUp)).toMatchObject({
      ce_specversion: "1.0",
      ce_type: "user/signed.up",
      ce_dataschema: `/schemas/ids/${id}`,
      "content-type": "application/avro",
    });
    expect(headersOf(greeted)).toMatchObject({ ce_type: "user/greeted", ce_source: "millrace/greet", "content-type": "application/avro" });
    expect(await registry.versionsOf("shop.events-Greeted")).toHaveLength(1);
  });

  test("data that does not fit is refused with its path, and none of the call is sent", async () => {
    const app = appWith({ "user/signed.up": avro<SignedUp>(SIGNED_UP) });
    const sending = app.send([
      { name: "user/signed.up", data: { email: "ada@example.com" } },
      // @ts-expect-error -- an age is a number
      { name: "user/signed.up", data: { email: "bob@example.com", age: "36" } },
    ]);
    await expect(sending).rejects.toThrow(SchemaError);
    await expect(sending).rejects.toMatchObject({
      code: "EVENT_DATA_INVALID",
      path: "data.age",
      message: expect.stringMatching(/"user\/signed.up".*data\.age/s) as string,
    });
    expect(await records("shop.events")).toEqual([]);
  });

  test("a step that sends what does not fit fails for good, and the function may catch it", async () => {
    const app = appWith<{ go: object; "user/signed.up": SignedUp }>({ "user/signed.up": avro<SignedUp>(SIGNED_UP) });
    const seen: unknown[] = [];
    app.createFunction({ id: "f", triggers: [{ event: "go" }] }, async ({ step }) => {
      try {
        // @ts-expect-error -- an email is a text
        await step.sendEvent("wrong", { name: "user/signed.up", data: { email: 5 } });
      } catch (error) {
        seen.push(error);
      }
    });
    await app.start();
    await app.send({ name: "go", data: {} });
    await until("it is caught", () => seen.length > 0);
    expect(seen).toEqual([
      expect.objectContaining({ code: "STEP_FAILED", stepId: "wrong", message: expect.stringMatching(/data\.email/) as string }),
    ]);
    expect(await records("shop.events")).toHaveLength(1);
  });

  test("a schema that breaks readers is refused when it is published: at start, and by send", async () => {
    const first = appWith({ "user/signed.up": avro<SignedUp>(SIGNED_UP) });
    await first.send({ name: "user/signed.up", data: { email: "a" } });
    const broken = avro<{ mail: string }>({ ...SIGNED_UP, fields: [{ name: "mail", type: "string" }] });
    const second = appWith({ "user/signed.up": broken });
    second.createFunction({ id: "f", triggers: [] }, () => null);
    await expect(second.start()).rejects.toMatchObject({ code: "SCHEMA_INCOMPATIBLE", message: expect.stringMatching(/mail/) as string });
    await expect(second.send({ name: "user/signed.up", data: { mail: "b" } })).rejects.toMatchObject({ code: "SCHEMA_INCOMPATIBLE" });
    expect(await records("shop.events")).toHaveLength(1);
  });

  test("while the registry is down, an app starts, sends what it sent before, and reads it; other events wait and then go out, in their order", async () => {
    const app = appWith({ "user/signed.up": avro<SignedUp>(SIGNED_UP), "user/greeted": avro<{ email: string }>(GREETED) });
    const seen: unknown[] = [];
    app.createFunction({ id: "f", triggers: [{ event: "*" }] }, ({ event }) => void seen.push((event.data as { email: string }).email));
    await app.send({ name: "user/signed.up", data: { email: "before" } });
    registry.isDown = true;
    await app.start();
    await app.send({ name: "user/signed.up", data: { email: "known" } });
    const waiting = [
      app.send({ name: "user/greeted", data: { email: "first" }, key: "k" }),
      app.send({ name: "user/signed.up", data: { email: "second" }, key: "k" }),
    ];
    await app.send({ name: "user/signed.up", data: { email: "other key" }, key: "other" });
    expect((await records("shop.events")).map(({ value }) => value?.toString().replaceAll(/[^a-z ]/g, ""))).not.toContain("first");
    registry.isDown = false;
    await Promise.all(waiting);
    await until("what is known here is read", () => seen.length === 5);
    expect(seen).toContain("before");
    expect(seen.indexOf("first")).toBeLessThan(seen.indexOf("second"));
  });

  test("a newer schema reads what older ones wrote: defaults, aliases, promotions and enums' defaults", async () => {
    const v1 = {
      type: "record",
      name: "Paid",
      fields: [
        { name: "total", type: "int" },
        { name: "method", type: { type: "enum", name: "Method", symbols: ["CARD", "CHEQUE"] } },
        { name: "when", type: { type: "long", logicalType: "timestamp-millis" } },
      ],
    };
    const v2 = {
      type: "record",
      name: "Paid",
      fields: [
        { name: "amount", aliases: ["total"], type: "double" },
        { name: "method", type: { type: "enum", name: "Method", symbols: ["UNKNOWN", "CARD"], default: "UNKNOWN" } },
        { name: "when", type: { type: "long", logicalType: "timestamp-millis" } },
        { name: "currency", type: "string", default: "EUR" },
      ],
    };
    const old = appWith<{ paid: object }>({ paid: avro(v1) });
    await old.send({ name: "paid", data: { total: 5, method: "CHEQUE", when: "2016-02-29T12:00:00.000Z" } });
    const app = appWith<{ paid: object }>({ paid: avro(v2) });
    const seen: unknown[] = [];
    app.createFunction(
      { id: "f", triggers: [{ event: "paid", if: "event.data.amount > 4.0" }] },
      ({ event }) => void seen.push(event.data),
    );
    await app.start();
    await until("it is read", () => seen.length === 1);
    expect(seen).toEqual([{ amount: 5, method: "UNKNOWN", when: "2016-02-29T12:00:00.000Z", currency: "EUR" }]);
  });

  test("a producer with a newer schema does not disturb an app with the older one", async () => {
    const app = appWith({ "user/signed.up": avro<SignedUp>(SIGNED_UP) });
    const seen: unknown[] = [];
    app.createFunction({ id: "f", triggers: [{ event: "user/signed.up" }] }, ({ event }) => void seen.push(event.data));
    await app.start();
    const fields = [...SIGNED_UP.fields, { name: "plan", type: "string", default: "free" }];
    const newer = appWith<{ "user/signed.up": SignedUp & { plan: string } }>({ "user/signed.up": avro({ ...SIGNED_UP, fields }) });
    await newer.send({ name: "user/signed.up", data: { email: "a", plan: "pro" } });
    await app.send({ name: "user/signed.up", data: { email: "b" } });
    await until("both are read", () => seen.length === 2);
    expect(seen).toEqual([
      { email: "a", age: null },
      { email: "b", age: null },
    ]);
  });

  test("what nobody declared is decoded as it was written; a value that is no Avro is a dead letter", async () => {
    const app = appWith<{ stranger: { n: number } }>({});
    const seen: unknown[] = [];
    app.createFunction({ id: "f", triggers: [{ event: "stranger" }] }, ({ event }) => void seen.push(event.data));
    await app.start();
    const schema = parseEventSchema({ type: "record", name: "Stranger", fields: [{ name: "n", type: "int" }] }, "test");
    const id = await registry.register("stranger", schema);
    const headers = { ce_type: "stranger", ce_source: "x", ce_id: "1" };
    await log.append({ topic: "shop.events", partition: 0 }, [
      { key: null, value: framed(id, codecOf(schema.text).encode({ n: 1 })), headers },
      { key: null, value: framed(id, Buffer.alloc(0)), headers: { ...headers, ce_id: "2" } },
      { key: null, value: Buffer.from("{}"), headers: { ...headers, ce_id: "3", "content-type": "application/avro" } },
      {
        key: null,
        value: framed(id, codecOf(schema.text).encode({ n: 2 })),
        headers: { ...headers, ce_id: "4", "content-type": "application/avro" },
      },
    ]);
    await until("the good ones are read", () => seen.length === 2);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
    await until("the others are set aside", async () => (await records("shop.dead-letter")).length === 2);
    expect((await records("shop.dead-letter")).map((letter) => headersOf(letter)["mr-code"])).toEqual([
      "EVENT_DATA_INVALID",
      "EVENT_NOT_AVRO",
    ]);
  });

  test("R15: an event that defaults make too large for those who read it is refused when it is sent", async () => {
    const items = { type: "record", name: "Item", fields: [{ name: "note", type: "string", default: "nothing is noted" }] };
    const list = { type: "record", name: "List", fields: [{ name: "items", type: { type: "array", items } }] };
    const app = appWith({ list: avro<{ items: object[] }>(list) });
    const data = (count: number): { items: object[] } => ({ items: Array.from({ length: count }, () => ({})) });
    await expect(app.send({ name: "list", data: data(50_000) })).rejects.toMatchObject({
      code: "EVENT_TOO_LARGE",
      message: expect.stringContaining("as readers get it") as string,
    });
    await app.send({ name: "list", data: data(30_000) });
  });

  test("declarations are checked where they are written", () => {
    expect(() => appWith({ "user/signed.up": avro({ type: "record", name: "A" }) })).toThrow(
      expect.objectContaining({ code: "SCHEMA_INVALID" }),
    );
    expect(() => appWith({ "user/signed.up": avro({ ...SIGNED_UP, event: "user/left" }) })).toThrow(/"user\/left"/);
    expect(() => appWith({ "order/placed": avro(GREETED), "order/shipped": avro(GREETED) })).toThrow(
      /"order\/placed" and "order\/shipped" both have the record Greeted/,
    );
    // @ts-expect-error -- it is declared by a schema
    expect(() => appWith({ a: { kind: "json" } })).toThrow(/avro\(schema\)/);
  });
});

describe("a Standard Schema", () => {
  const PAID = z.object({
    amount: z.number().positive(),
    at: z.iso.datetime().transform((text) => new Date(text)),
    currency: z.string().default("EUR"),
  });

  test("has what it gives back sent, as JSON: types tell what is sent from what handlers get", async () => {
    const app = new Millrace(
      { id: "shop", partitions: 1, stopGraceMs: 0, logger: pino({ level: "silent" }), events: { paid: PAID, go: z.object({}) } },
      { log, registry: () => Promise.resolve(registry) },
    );
    apps.push(app);
    const seen: unknown[] = [];
    app.createFunction({ id: "f", triggers: [{ event: "paid" }] }, ({ event }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ amount: number; at: string; currency: string }>();
      seen.push(event.data);
    });
    app.createFunction({ id: "g", triggers: [{ event: "go" }] }, ({ step }) =>
      step.sendEvent("pay", { name: "paid", data: { amount: 2, at: "2026-01-02T00:00:00Z" } }),
    );
    await app.start();
    await app.send({ name: "paid", data: { amount: 1, at: "2026-01-01T00:00:00Z", currency: "PLN" }, key: "k" });
    await until("it is handled", () => seen.length === 1);
    await app.send({ name: "go", data: {} });
    await until("both are handled", () => seen.length === 2);
    expect(seen).toEqual([
      { amount: 1, at: "2026-01-01T00:00:00.000Z", currency: "PLN" },
      { amount: 2, at: "2026-01-02T00:00:00.000Z", currency: "EUR" },
    ]);
  });

  test("refuses what does not fit, with the path of each place", async () => {
    const app = appWith({ paid: z.object({ items: z.array(z.object({ price: z.number() })), "to-whom": z.string() }) });
    // @ts-expect-error -- prices are numbers
    const sending = app.send({ name: "paid", data: { items: [{ price: 1 }, { price: "2" }], "to-whom": 5 } });
    await expect(sending).rejects.toMatchObject({
      code: "EVENT_DATA_INVALID",
      path: "data.items[1].price",
      message: expect.stringMatching(/data\.items\[1\]\.price: .*; data\.to-whom: /) as string,
    });
  });

  test("may take its time", async () => {
    const app = appWith({ paid: z.object({ n: z.number().refine(async (n) => Promise.resolve(n > 0)) }) });
    await expect(app.send({ name: "paid", data: { n: -1 } })).rejects.toMatchObject({ code: "EVENT_DATA_INVALID" });
    await expect(app.send({ name: "paid", data: { n: 1 } })).resolves.toMatchObject({ ids: [expect.any(String) as string] });
  });
});

test("Debezium's tables give types to triggers", () => {
  const db = debezium<{ orders: { id: number; total: string } }>();
  const app = appWith({ ...db.events, "user/greeted": avro<{ email: string }>(GREETED) });
  app.createFunction({ id: "f", triggers: [{ event: "db/orders.updated" }] }, ({ event }) => {
    expectTypeOf(event.data.after).toEqualTypeOf<{ id: number; total: string }>();
    expectTypeOf(event.data.before).toEqualTypeOf<{ id: number; total: string } | null>();
    expectTypeOf(event.data.op).toEqualTypeOf<"u">();
  });
  app.createFunction({ id: "emptied", triggers: [{ event: "db/orders.truncated" }] }, ({ event }) => {
    expectTypeOf(event.data.after).toEqualTypeOf<null>();
  });
  // @ts-expect-error -- there is no such table
  app.createFunction({ id: "g", triggers: [{ event: "db/customers.updated" }] }, () => null);
});

test("tests of functions send and get events by the same schemas", async () => {
  const app = appWith({
    "user/signed.up": avro<SignedUp>(SIGNED_UP),
    paid: z.object({ amount: z.number(), currency: z.string().default("EUR") }),
  });
  app.createFunction({ id: "greet", triggers: [{ event: "user/signed.up" }, { event: "paid" }] }, ({ event }) => event.data);
  const t = await Millrace.testing(app);
  const [greeted] = await t.send({ name: "user/signed.up", data: { email: "ada@example.com" } });
  expect(greeted?.output).toEqual({ email: "ada@example.com", age: null });
  const [paid] = await t.send({ name: "paid", data: { amount: 1 } });
  expect(paid?.output).toEqual({ amount: 1, currency: "EUR" });
  // @ts-expect-error -- an email is a text
  await expect(t.send({ name: "user/signed.up", data: { email: 5 } })).rejects.toMatchObject({ code: "EVENT_DATA_INVALID" });
  await t.stop();
});

test("a wait that is not as the schemas are is told of, once for its step", async () => {
  const lines: { readonly code?: string; readonly msg: string }[] = [];
  const app = new Millrace({
    id: "app",
    log: { kind: "embedded", path: ":memory:" },
    partitions: 1,
    logger: pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line) as { readonly msg: string }) }),
    events: { "user/signed.up": avro<SignedUp>(SIGNED_UP), go: avro<{ email: string }>({ ...GREETED, name: "Go", event: "go" }) },
  });
  app.createFunction({ id: "f", triggers: [{ event: "go" }] }, ({ step }) =>
    step.waitForEvent("sign up", { event: "user/signed.up", if: "async.data.mail == event.data.email", timeout: "1 hour" }),
  );
  await app.start();
  await app.send([1, 2].map((n) => ({ name: "go" as const, data: { email: `${n}` } })));
  await expect.poll(() => lines.map(({ code }) => code)).toContain("WAIT_AGAINST_SCHEMA");
  await app.stop();
  const told = lines.filter(({ code }) => code === "WAIT_AGAINST_SCHEMA");
  expect(told.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/step "sign up" of function "f" waits for user\/signed.up.*there is no data.mail/),
  ]);
});

test("what readers of an event will get is known without a registry", () => {
  registry.isDown = true;
  const app = appWith({
    "user/signed.up": avro<SignedUp>(SIGNED_UP),
    paid: z.object({ amount: z.number(), currency: z.string().default("EUR") }),
  });
  const dataOf = (name: string, given: object): unknown =>
    app.parts.dataOf({ name, data: JSON.stringify(given), key: null, id: null, time: null, subject: null, trace: null, bytes: 0 }, given);
  expect(dataOf("user/signed.up", { email: "a" })).toBe('{"email":"a","age":null}');
  expect(dataOf("paid", { amount: 1 })).toBe('{"amount":1,"currency":"EUR"}');
  expect(dataOf("other", { any: [1] })).toBe('{"any":[1]}');
  expect(registry.asked).toEqual([]);
});
