// Records tell by which schema they were written; each is asked for once, and what cannot be told yet is waited for.
import { afterEach, beforeEach, expect, test } from "vitest";
import { codecOf } from "../../../engine/schemas/avro/codec.ts";
import { parseEventSchema, type EventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import { SchemaError } from "../../../engine/schemas/schema-error.ts";
import { framed, unframed } from "../../../engine/schemas/wire.ts";
import { WrittenData, type Decoded } from "../../../engine/schemas/written-data.ts";
import { FakeClock, settling, turns } from "../../support/fake-clock.ts";
import { MoodyRegistry } from "../../support/schemas/moody-registry.ts";

const order = (fields: readonly object[]): EventSchema => parseEventSchema({ type: "record", name: "Order", fields }, "test");
const FIRST = order([{ name: "id", type: "string" }]);
const SECOND = order([
  { name: "id", type: "string" },
  { name: "note", type: "string", default: "" },
]);

let registry: MoodyRegistry;
let clock: FakeClock;
let stop: AbortController;
let written: WrittenData;

beforeEach(async () => {
  registry = await MoodyRegistry.open();
  clock = new FakeClock();
  stop = new AbortController();
  written = new WrittenData({ registry: () => Promise.resolve(registry), clock, signal: stop.signal });
});

afterEach(async () => {
  stop.abort();
  await registry.end();
});

async function write(schema: EventSchema, data: unknown): Promise<{ id: number; bytes: Buffer }> {
  const id = await registry.register("orders", schema);
  return { id, bytes: framed(id, codecOf(schema.text).encode(data)) };
}

function decode(bytes: Buffer, reader: EventSchema | null = null): Decoded | Promise<void> {
  const frame = unframed(bytes);
  if (frame === null) throw new Error("it is framed");
  return written.decode(frame, reader?.text ?? null);
}

test("the wire format is a zero byte, the id in four bytes, and the body; no JSON begins like this", () => {
  expect(framed(0x01020304, Buffer.from([5])).toString("hex")).toBe("000102030405");
  expect(unframed(Buffer.from("000102030405", "hex"))).toEqual({ id: 0x01020304, body: Buffer.from([5]) });
  expect([unframed(Buffer.from('{"a":1}')), unframed(Buffer.from([0, 1, 2])), unframed(Buffer.alloc(0))]).toEqual([null, null, null]);
});

test("many records of one schema ask the registry once, also those that come before its answer", async () => {
  const { id, bytes } = await write(FIRST, { id: "a" });
  const waits = [decode(bytes), decode(bytes)];
  expect(waits[0]).toBeInstanceOf(Promise);
  expect(waits[0]).toBe(waits[1]);
  await waits[0];
  expect([decode(bytes), decode(bytes)]).toEqual([
    { ok: true, data: { id: "a" } },
    { ok: true, data: { id: "a" } },
  ]);
  expect(registry.asked).toEqual([id]);
});

test("data is resolved into the reader's schema, and is as it was written without one", async () => {
  const old = await write(FIRST, { id: "a" });
  await decode(old.bytes);
  expect(decode(old.bytes, SECOND)).toEqual({ ok: true, data: { id: "a", note: "" } });
  expect(decode(old.bytes)).toEqual({ ok: true, data: { id: "a" } });
});

test("what the reader cannot read, and what is no body of its schema, is refused with the reason", async () => {
  const old = await write(FIRST, { id: "a" });
  await decode(old.bytes);
  const strict = order([
    { name: "id", type: "string" },
    { name: "price", type: "double" },
  ]);
  expect(decode(old.bytes, strict)).toMatchObject({
    ok: false,
    code: "SCHEMA_INCOMPATIBLE",
    reason: expect.stringContaining("price") as string,
  });
  expect(decode(framed(old.id, Buffer.from([0x40])))).toMatchObject({ ok: false, code: "EVENT_DATA_INVALID" });
});

test("a registry that is down is asked again until it answers; what is known is decoded meanwhile", async () => {
  const known = await write(FIRST, { id: "a" });
  await decode(known.bytes);
  const other = await write(SECOND, { id: "b", note: "x" });
  registry.isDown = true;
  const waiting = decode(other.bytes);
  let isOver = false;
  void Promise.resolve(waiting).then(() => (isOver = true));
  expect(written.troubleOf(other.id)).toBeNull();
  await clock.advance(3_600_000);
  expect([isOver, written.troubleOf(other.id)]).toEqual([false, expect.stringMatching(/out of reach/)]);
  expect(registry.asked.length).toBeLessThan(400);
  expect(decode(known.bytes)).toEqual({ ok: true, data: { id: "a" } });
  registry.isDown = false;
  await clock.advance(15_000);
  await waiting;
  expect(decode(other.bytes)).toEqual({ ok: true, data: { id: "b", note: "x" } });
});

test("an id that the registry learns within ten seconds is waited for; after that its records are refused", async () => {
  const late = await write(FIRST, { id: "a" });
  registry.hide(late.id);
  const waiting = decode(late.bytes);
  await clock.advance(5_000);
  expect(written.troubleOf(late.id)).toMatch(/does not know/);
  registry.show(late.id);
  await clock.advance(5_000);
  await waiting;
  expect(decode(late.bytes)).toMatchObject({ ok: true });

  const stranger = framed(12_345, Buffer.from([0]));
  const inVain = decode(stranger);
  await settling(clock, Promise.resolve(inVain));
  expect(decode(stranger)).toMatchObject({ ok: false, code: "EVENT_SCHEMA_UNKNOWN" });
  await clock.advance(60_000);
  expect(decode(stranger)).toBeInstanceOf(Promise);
});

test("a registry that is back and knows nothing yet is given a minute: its records are no dead letters (R11)", async () => {
  const early = await write(FIRST, { id: "a" });
  const later = await write(SECOND, { id: "b", note: "x" });
  registry.isDown = true;
  const waiting = decode(early.bytes);
  await clock.advance(3_000);
  for (const { id } of [early, later]) registry.hide(id);
  registry.isDown = false;
  await clock.advance(5_000);
  const another = decode(later.bytes);
  await clock.advance(35_000);
  for (const { id } of [early, later]) registry.show(id);
  await settling(clock, Promise.all([waiting, another]));
  expect([decode(early.bytes), decode(later.bytes)]).toMatchObject([{ ok: true }, { ok: true }]);

  registry.isDown = true;
  const stranger = framed(12_345, Buffer.from([0]));
  const inVain = decode(stranger);
  await clock.advance(3_000);
  registry.isDown = false;
  await clock.advance(50_000);
  await settling(clock, Promise.resolve(inVain));
  expect(decode(stranger)).toMatchObject({ ok: false, code: "EVENT_SCHEMA_UNKNOWN" });
});

test("what the registry has and cannot be read as Avro is refused at once, and its records do not wait for it", async () => {
  const schemaOf = (id: number): Promise<string | null> =>
    Promise.reject(new SchemaError("SCHEMA_INVALID", `schema ${id} is PROTOBUF: only Avro schemas can be read`));
  const strange = Object.assign(Object.create(registry) as MoodyRegistry, { schemaOf });
  const reading = new WrittenData({ registry: () => Promise.resolve(strange), clock, signal: stop.signal });
  const frame = { id: 5, body: Buffer.alloc(0) };
  await reading.decode(frame, null);
  expect(reading.decode(frame, null)).toMatchObject({
    ok: false,
    code: "SCHEMA_INVALID",
    reason: expect.stringMatching(/PROTOBUF/) as string,
  });
});

test("whoever stops asks nothing more", async () => {
  registry.isDown = true;
  void decode(framed(12_345, Buffer.from([0])));
  await clock.advance(1_000);
  stop.abort();
  const before = registry.asked.length;
  await clock.advance(100_000);
  await turns(5);
  expect(registry.asked.length).toBeLessThanOrEqual(before + 1);
});
