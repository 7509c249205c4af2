// CloudEvents from anywhere, in both modes of Kafka's binding.
import { describe, expect, test } from "vitest";
import { cloudEvents } from "../../../engine/sources/cloud-events.ts";
import { eventBy, readBy, refusedBy } from "./given-record.ts";

const STRUCTURED = { "content-type": "application/cloudevents+json; charset=UTF-8" };
const event = {
  specversion: "1.0",
  type: "order/placed",
  source: "/checkout",
  id: "A-1",
  time: "2026-01-31T12:00:00Z",
  datacontenttype: "application/json",
  data: { total: 12.5 },
};

describe("in structured mode", () => {
  test("an event is what its value says, with the record's key", () => {
    expect(eventBy(cloudEvents(), { value: event, key: "k", headers: STRUCTURED })).toEqual({
      id: "A-1",
      name: "order/placed",
      data: '{"total":12.5}',
      json: { total: 12.5 },
      time: Date.UTC(2026, 0, 31, 12),
      key: "k",
      once: { by: "id", key: "9:/checkoutA-1" },
    });
  });

  test("topics without a mapping are read so, too", () => {
    expect(eventBy(null, { value: event, headers: STRUCTURED }).name).toBe("order/placed");
  });

  test("it counts once with the same event in binary mode", () => {
    const binary = { ce_type: event.type, ce_source: event.source, ce_id: event.id, "content-type": "application/json" };
    expect(eventBy(null, { value: event.data, headers: binary }).once).toEqual(eventBy(null, { value: event, headers: STRUCTURED }).once);
  });

  test.each([
    ["text", { data: "hello" }, "hello"],
    ["nothing", { data: undefined }, null],
    ["JSON in base64", { data: undefined, data_base64: Buffer.from('{"a":1}').toString("base64") }, { a: 1 }],
  ])("its data may be %s", (_, over, json) => {
    expect(eventBy(null, { value: { ...event, ...over }, headers: STRUCTURED }).json).toEqual(json);
  });

  test("its partitionkey is its key where the record has none", () => {
    expect(eventBy(null, { value: { ...event, partitionkey: "p" }, headers: STRUCTURED }).key).toBe("p");
    expect(eventBy(null, { value: { ...event, partitionkey: "p" }, key: "k", headers: STRUCTURED }).key).toBe("k");
    expect(eventBy(null, { value: event, headers: STRUCTURED }).key).toBeNull();
  });

  test.each([
    ["EVENT_NOT_JSON", "{"],
    ["EVENT_STRUCTURED", "[]"],
    ["EVENT_STRUCTURED", { ...event, source: undefined }],
    ["EVENT_STRUCTURED", { ...event, time: 5 }],
    ["EVENT_WITHOUT_TYPE", { ...event, type: undefined }],
    ["EVENT_WITHOUT_ID", { ...event, id: 5 }],
    ["EVENT_TIME", { ...event, time: "yesterday" }],
    ["EVENT_NAME_TOO_LONG", { ...event, type: "x".repeat(300) }],
    ["EVENT_CONTENT_TYPE", { ...event, data: undefined, data_base64: "AAAA", datacontenttype: "image/png" }],
  ])("what is none is a dead letter: %s", (code, value) => {
    expect(refusedBy(null, { value, headers: STRUCTURED })).toMatchObject({ code });
  });

  test("halves of characters, which JSON can say, do not get into names and ids", () => {
    const { name, id, once } = eventBy(null, { value: { ...event, type: "a\ud800", id: "b\udc00" }, headers: STRUCTURED });
    expect([name, id, JSON.stringify(once)].every((text) => text.isWellFormed())).toBe(true);
  });
});

test("a batch is refused with advice, and so is Avro in structured mode", () => {
  const batch = refusedBy(null, { value: [event], headers: { "content-type": "application/cloudevents-batch+json" } });
  expect(batch.code).toBe("EVENT_BATCHED");
  expect(batch.reason).toMatch(/one by one/);
  const avro = refusedBy(null, { value: "x", headers: { "content-type": "application/cloudevents+avro" } });
  expect(avro.code).toBe("EVENT_CONTENT_TYPE");
});

test("in binary mode, what says that it is Avro and is not is a dead letter", () => {
  const headers = { ce_type: "a", ce_id: "1", "content-type": "application/avro" };
  expect(refusedBy(null, { value: '{"a":1}', headers })).toMatchObject({ code: "EVENT_NOT_AVRO" });
});

test("without a content-type, data is JSON", () => {
  expect(eventBy(null, { value: { a: 1 }, headers: { ce_type: "a", ce_id: "1" } }).json).toEqual({ a: 1 });
  expect(readBy(null, { value: null, headers: { ce_type: "a", ce_id: "1" } })).toMatchObject({ ok: true, event: { data: "null" } });
});

describe("a trace comes along", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const other = "00-11111111111111111111111111111111-2222222222222222-00";
  const binary = { ce_type: "a", ce_id: "1" };
  const state = "congo=t61rcWkgMzE";

  test.each([
    ["Kafka's headers", { traceparent, tracestate: state }, `${traceparent} ${state}`],
    ["CloudEvents' extension", { ce_traceparent: traceparent, ce_tracestate: state }, `${traceparent} ${state}`],
    ["headers without a tracestate", { traceparent }, traceparent],
    ["headers with a tracestate that is none", { traceparent, tracestate: "no pair" }, traceparent],
    [
      "headers before the extension, whose tracestate is of another",
      { traceparent, ce_traceparent: other, ce_tracestate: state },
      traceparent,
    ],
    ["a tracestate alone", { tracestate: state }, undefined],
    ["a traceparent that is none", { traceparent: "x", tracestate: state }, undefined],
  ])("in binary mode, by %s", (_, headers, trace) => {
    expect(eventBy(null, { value: 1, headers: { ...binary, ...headers } }).trace).toBe(trace);
  });

  test.each([
    ["its attributes", { traceparent, tracestate: state }, `${traceparent} ${state}`],
    ["a tracestate that is no text", { traceparent, tracestate: 5 }, traceparent],
    ["a traceparent that is no text", { traceparent: 5, tracestate: state }, undefined],
  ])("in structured mode, by %s", (_, attributes, trace) => {
    expect(eventBy(null, { value: { ...event, ...attributes }, headers: STRUCTURED }).trace).toBe(trace);
  });
});
