// CloudEvents 1.0 on Kafka: binary mode (attributes in headers), and structured mode (all of the event is the value, as JSON).
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
import { jsonProblem } from "../core/json-problem.ts";
import { traceOf } from "../core/trace-context.ts";
import {
  checkedEnvelope,
  decodeEvent,
  envelopeOf,
  unreadable,
  withJson,
  type Attributes,
  type ReadResult,
  type Unreadable,
} from "../workflow/event/cloud-event.ts";
import type { SourceMapping } from "./mapping.ts";
import type { ReadRecord } from "./source-record.ts";

const STRUCTURED = "application/cloudevents";
const BATCHED = "application/cloudevents-batch";

/** Both modes; data is JSON, or Avro in Confluent's wire format. What sources are read by that name no other. */
export function cloudEvents(): SourceMapping {
  return MAPPING;
}

const MAPPING: SourceMapping = {
  read: (record, schemaOf) => {
    const type = record.headers["content-type"]?.toString() ?? "";
    if (type.startsWith(STRUCTURED)) return structured(record, type);
    return record.isAvro ? binaryAvro(record, schemaOf) : decodeEvent(record);
  },
};

function binaryAvro(record: ReadRecord, schemaOf: (event: string) => string | null): ReadResult {
  const envelope = envelopeOf(record);
  if ("ok" in envelope) return envelope;
  return { ok: true, event: { ...envelope, data: JSON.stringify(record.dataFor(schemaOf(envelope.name))) } };
}

function structured(record: ReadRecord, type: string): ReadResult {
  if (type.startsWith(BATCHED)) {
    return unreadable(
      "EVENT_BATCHED",
      "the record holds a batch of CloudEvents; Kafka's binding has one event a record. Send them one by one",
    );
  }
  if (!/^application\/cloudevents\+json\b/.test(type)) {
    return unreadable("EVENT_CONTENT_TYPE", `content-type ${type} cannot be read; application/cloudevents+json can`);
  }
  const text = record.value?.toString() ?? "";
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (error) {
    return unreadable("EVENT_NOT_JSON", `the record's value is not JSON: ${jsonProblem(error)}`);
  }
  if (!isRecord(event)) return unreadable("EVENT_STRUCTURED", "the record's value is no JSON object: it is no CloudEvent");
  const attributes = attributesOf(event, record);
  if ("ok" in attributes) return attributes;
  const envelope = checkedEnvelope(attributes);
  if ("ok" in envelope) return envelope;
  const data = dataOf(event);
  const trace = traceIn(event);
  return typeof data === "string" ? withJson(trace === null ? envelope : { ...envelope, trace }, data) : data;
}

function attributesOf(event: Readonly<Record<string, unknown>>, { key }: ReadRecord): Attributes | Unreadable {
  for (const name of ["id", "type", "source", "time"]) {
    const value = event[name];
    const isMissing = value === undefined || value === null || value === "";
    if (isMissing ? name !== "time" : typeof value !== "string") {
      const code = name === "type" ? "EVENT_WITHOUT_TYPE" : name === "id" ? "EVENT_WITHOUT_ID" : "EVENT_STRUCTURED";
      return unreadable(code, `the CloudEvent's "${name}" is ${isMissing ? "missing" : "no text"}`);
    }
  }
  const { id, type, source, time, partitionkey } = event;
  const place = key?.toString() ?? partitionkey;
  return {
    id: wellFormed(id),
    name: wellFormed(type),
    source: wellFormed(source),
    time: typeof time === "string" ? time : null,
    key: typeof place === "string" && place !== "" ? wellFormed(place) : null,
  };
}

function traceIn({ traceparent, tracestate }: Readonly<Record<string, unknown>>): string | null {
  return typeof traceparent === "string" ? traceOf(traceparent, typeof tracestate === "string" ? tracestate : null) : null;
}

/** JSON text. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#31-handling-of-data */
function dataOf(event: Readonly<Record<string, unknown>>): string | Unreadable {
  const { data, data_base64: bytes, datacontenttype: type } = event;
  if (bytes === undefined || bytes === null) return JSON.stringify(data ?? null);
  if (typeof bytes === "string" && typeof type === "string" && /^application\/(?:[\w.+-]+\+)?json\b/.test(type)) {
    return Buffer.from(bytes, "base64").toString();
  }
  return unreadable("EVENT_CONTENT_TYPE", `the CloudEvent's data is ${shownType(type)} in base64; JSON can be read`);
}

function shownType(type: unknown): string {
  return typeof type === "string" ? type : "of no type";
}

/** JSON may escape halves of characters, which the journal cannot hold. */
function wellFormed(text: unknown): string {
  return String(text).toWellFormed();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
