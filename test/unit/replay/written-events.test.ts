// What past runs sent by a schema is compared with what today's code sends, by what readers of it get: across versions of the schema.
import { expect, test } from "vitest";
import { LogError } from "../../../engine/log/errors.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { WrittenEvents } from "../../../engine/replay/dry-run/written-events.ts";
import { avro } from "../../../engine/sources/declared.ts";
import { KnownSchemas } from "../../../engine/sdk/known-schemas.ts";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import { past, TOPICS, type Code, type Past } from "./past-app.ts";

const INVOICE = {
  type: "record",
  name: "Invoice",
  fields: [
    { name: "order", type: "string" },
    { name: "total", type: "long" },
  ],
};
const WITH_CURRENCY = { ...INVOICE, fields: [...INVOICE.fields, { name: "currency", type: "string", default: "EUR" }] };

const invoicing =
  (data: object, name = "invoiced"): Code =>
  async ({ step }) =>
    void (await step.sendEvent("tell", { name, data }));

/** Where today's code, with today's schema, differs from a run that had sent an invoice of 100 for order a; and what was told to people. */
async function difference(
  app: Past,
  code: Code,
  schema: object | null,
  topic = TOPICS.schemas,
): Promise<readonly [string, readonly string[]]> {
  const told: string[] = [];
  const { parts } = new Millrace({ id: "app", ...(schema === null ? {} : { events: { invoiced: avro<object>(schema) } }) });
  await using known = new KnownSchemas({ log: app.log, topics: { schemas: topic }, options: parts.options.registry, logger: silentLogger });
  const written = new WrittenEvents({
    schemaOf: (id) => known.schemaOf(id),
    readerOf: parts.avroOf,
    onUnreadable: (_, reason) => told.push(reason),
  });
  return [await app.difference(code, { schemas: parts, written }), told];
}

test("today's events are compared with those that were written by a schema", async () => {
  await using app = await past(invoicing({ order: "a", total: 100 }), { events: { invoiced: avro<object>(INVOICE) } });
  expect(await difference(app, invoicing({ total: 100, order: "a" }), INVOICE)).toEqual(["same", []]);
  expect(await difference(app, invoicing({ order: "a", total: 107 }), INVOICE)).toEqual([
    'other-input tell#0 [{"name":"invoiced","data":{"order":"a","total":100}}] [{"name":"invoiced","data":{"order":"a","total":107}}]',
    [],
  ]);
});

test("by what a reader of today gets: a field with a default that came since is none that differs", async () => {
  await using app = await past(invoicing({ order: "a", total: 100 }), { events: { invoiced: avro<object>(INVOICE) } });
  expect(await difference(app, invoicing({ order: "a", total: 100 }), WITH_CURRENCY)).toEqual(["same", []]);
  expect((await difference(app, invoicing({ order: "a", total: 100, currency: "PLN" }), WITH_CURRENCY))[0]).toMatch(/^other-input.*"PLN"/);
  expect((await difference(app, invoicing({ order: "a", total: 99 }), WITH_CURRENCY))[0]).toMatch(/^other-input.*"total":99/);
});

test("an event that has no schema any more is compared as it was written", async () => {
  await using app = await past(invoicing({ order: "a", total: 100 }), { events: { invoiced: avro<object>(INVOICE) } });
  expect(await difference(app, invoicing({ order: "a", total: 100 }), null)).toEqual(["same", []]);
  expect((await difference(app, invoicing({ order: "b", total: 100 }), null))[0]).toMatch(/^other-input tell#0/);
});

test("what today's schema does not take would fail, whatever it was", async () => {
  await using app = await past(invoicing({ order: "a", total: 100 }), { events: { invoiced: avro<object>(INVOICE) } });
  const required = { ...INVOICE, fields: [...INVOICE.fields, { name: "country", type: "string" }] };
  const { parts } = new Millrace({ id: "app", events: { invoiced: avro<object>(required) } });
  const { runs } = await app.dryRun(invoicing({ order: "a", total: 100 }), { schemas: parts });
  expect(runs).toMatchObject([
    { verdict: "other-input", step: "tell#0", detail: expect.stringMatching(/^step "tell#0" would fail: .*data\.country/) as string },
  ]);
});

test("a log that fails while schemas are looked up ends the dry run with that", async () => {
  await using app = await past(invoicing({ order: "a", total: 100 }), {
    events: { invoiced: avro<object>(INVOICE) },
    data: [null, null, null],
  });
  const written = new WrittenEvents({
    schemaOf: () => Promise.reject(new LogError("LOG_FAILED", "the log is away", { retriable: true })),
    readerOf: () => null,
    onUnreadable: () => {},
  });
  await expect(app.dryRun(invoicing({ order: "a", total: 100 }), { written })).rejects.toMatchObject({ code: "LOG_FAILED" });
});

test("what nobody can read any more is compared by name and key, and people are told so, once (R11)", async () => {
  await using app = await past(invoicing({ order: "a", total: 100 }), {
    events: { invoiced: avro<object>(INVOICE) },
    data: [null, null],
  });
  expect(await difference(app, invoicing({ order: "b", total: 1 }), INVOICE, "app.lost")).toEqual(["same", ["nobody knows it any more"]]);
  expect((await difference(app, invoicing({ order: "a", total: 100 }, "billed"), INVOICE, "app.lost"))[0]).toMatch(/^other-input/);
});
