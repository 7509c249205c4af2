// An event as a record: CloudEvents 1.0 in Kafka's binary mode (attributes in headers, data in the value).
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
import { jsonProblem } from "../../core/json-problem.ts";
import { isoTime } from "../../core/iso-time.ts";
import { partsOfTrace, traceOf } from "../../core/trace-context.ts";
import type { TriggerEvent } from "../records.ts";

export interface EventRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Text where it is written, bytes where it was read. */
  readonly headers: Readonly<Record<string, Buffer | string>>;
}

/** `source` is CloudEvents' source: who says it. `data` is JSON text. */
export type OutgoingEvent = Pick<TriggerEvent, "id" | "name" | "data" | "time" | "key"> & {
  readonly source: string;
  /** W3C trace context of what sends it. */
  readonly trace?: string | null;
};

/** What a record of a source says, before it has a place in the log's time. */
export interface ReadEvent {
  readonly id: string;
  readonly name: string;
  /** JSON text that is known to parse. */
  readonly data: string;
  /** Null where the producer said none. */
  readonly time: number | null;
  readonly key: string | null;
  /** By what a second copy of it is known. */
  readonly once: Once;
  /** Id of the event in whose place it comes. */
  readonly corrects?: string;
  /** W3C trace context of what sent it. */
  readonly trace?: string;
}

/** An event of `send` without an id: (producer, n). Any other: CloudEvents' (source, id). */
export type Once =
  { readonly by: "producer"; readonly producer: string; readonly sequence: number } | { readonly by: "id"; readonly key: string };

export type ReadResult = { readonly ok: true; readonly event: ReadEvent } | Unreadable;

/** What can be no event, for its dead letter. */
export interface Unreadable {
  readonly ok: false;
  readonly code: string;
  readonly reason: string;
}

/** All of an event but its data. */
export type Envelope = Omit<ReadEvent, "data">;

/** How an event's data is written: the value, and what tells readers how to read it. */
export interface EventBody {
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const JSON_TYPE = "application/json";
const JSON_TYPE_BYTES = Buffer.from(JSON_TYPE);
const JSON_HEADERS = { "content-type": JSON_TYPE };
export const AVRO_TYPE = "application/avro";
export const MAX_NAME = 256;
export const MAX_ID = 512;
/** Header of an event that says otherwise what another had said: the id of that. */
export const CORRECTS = "ce_corrects";
/** As producers that are traced write it on Kafka; CloudEvents' extension for it is read, too. https://www.w3.org/TR/trace-context/ */
const TRACE = "traceparent";
const TRACE_STATE = "tracestate";
/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/distributed-tracing.md */
const TRACE_EXTENSION = "ce_traceparent";
const TRACE_STATE_EXTENSION = "ce_tracestate";
const MARK_PREFIX = "mr:";
/** Anybody can write an id: a number larger than this, which the journal could not hold, is none of ours. */
const MAX_SEQUENCE = 2 ** 52;

/** Without a body, its data is JSON. */
export function encodeEvent(event: OutgoingEvent, body?: EventBody): EventRecord & { readonly headers: Readonly<Record<string, string>> } {
  const headers: Record<string, string> = {
    ...(body?.headers ?? JSON_HEADERS), // first: anywhere else it takes ten times as long
    ce_specversion: "1.0",
    ce_type: event.name,
    ce_source: event.source,
    ce_id: event.id,
    ce_time: isoTime(event.time),
  };
  if (typeof event.trace === "string") {
    const { traceparent, tracestate } = partsOfTrace(event.trace);
    headers[TRACE] = traceparent;
    if (tracestate !== null) headers[TRACE_STATE] = tracestate;
  }
  return {
    key: event.key === null ? null : Buffer.from(event.key),
    value: body?.value ?? Buffer.from(event.data),
    headers,
  };
}

/** The id of an event that was sent without one. Users may not give ids that begin like this. */
export function markedId(producer: string, sequence: number): string {
  return `${MARK_PREFIX}${producer}:${sequence}`;
}

export function isReservedId(id: string): boolean {
  return id.startsWith(MARK_PREFIX);
}

/** Reads a record of any source whose data is JSON. What is not an event gets a code and a reason for its dead letter. */
export function decodeEvent(record: EventRecord): ReadResult {
  const envelope = envelopeOf(record);
  if ("ok" in envelope) return envelope;
  const contentType = contentTypeOf(record.headers["content-type"]);
  if (contentType !== JSON_TYPE && !/^application\/(?:[\w.+-]+\+)?json\b/.test(contentType)) {
    return unreadable("EVENT_CONTENT_TYPE", `content-type ${contentType} cannot be read; application/json can, and ${AVRO_TYPE}`);
  }
  return withJson(envelope, record.value === null ? "null" : record.value.toString());
}

/** Whether it says just that its value is JSON, as nearly all do. */
export function isPlainJson({ headers }: EventRecord): boolean {
  const type = headers["content-type"];
  return typeof type === "object" && JSON_TYPE_BYTES.equals(type);
}

/** `data` is text of which nobody knows yet whether it is JSON. */
export function withJson(envelope: Envelope, data: string): ReadResult {
  const problem = problemOfJson(data);
  if (problem !== null) return unreadable("EVENT_NOT_JSON", `the record's value is not JSON: ${problem}`);
  return { ok: true, event: { ...envelope, data } };
}

/** What the headers of a CloudEvent in binary mode say. */
export function envelopeOf({ key, headers }: EventRecord): Envelope | Unreadable {
  const name = headers["ce_type"]?.toString() ?? "";
  const id = headers["ce_id"]?.toString() ?? "";
  if (name === "") return unreadable("EVENT_WITHOUT_TYPE", "the record has no ce_type header: it is not a CloudEvent in binary mode");
  if (id === "") return unreadable("EVENT_WITHOUT_ID", "the record has no ce_id header: it is not a CloudEvent in binary mode");
  const envelope = checkedEnvelope({
    id,
    name,
    source: headers["ce_source"]?.toString() ?? "",
    time: headers["ce_time"]?.toString() ?? null,
    key: key === null ? null : key.toString(),
  });
  if ("ok" in envelope) return envelope;
  const corrects = headers[CORRECTS];
  const trace = traceIn(headers);
  const isPlain = (corrects === undefined || corrects.length > MAX_ID) && trace === null;
  if (isPlain) return envelope;
  return {
    ...envelope,
    ...(corrects === undefined || corrects.length > MAX_ID ? {} : { corrects: corrects.toString() }),
    ...(trace === null ? {} : { trace }),
  };
}

/** W3C trace context of who sent a record; null where it says none. */
export function traceIn(headers: EventRecord["headers"]): string | null {
  return traceBy(headers[TRACE], headers[TRACE_STATE]) ?? traceBy(headers[TRACE_EXTENSION], headers[TRACE_STATE_EXTENSION]);
}

/** A tracestate belongs to the traceparent that it came with. */
function traceBy(traceparent: Buffer | string | undefined, tracestate: Buffer | string | undefined): string | null {
  return traceparent === undefined ? null : traceOf(traceparent.toString(), tracestate?.toString() ?? null);
}

/** Attributes of a CloudEvent, wherever they stand. `time` is RFC 3339. */
export function checkedEnvelope({ id, name, source, time: text, key }: Attributes): Envelope | Unreadable {
  if (name.length > MAX_NAME || id.length > MAX_ID || source.length > MAX_ID) {
    return unreadable("EVENT_NAME_TOO_LONG", `ce_type has at most ${MAX_NAME} characters, ce_id and ce_source at most ${MAX_ID}`);
  }
  const time = text === null ? null : Date.parse(text);
  if (Number.isNaN(time)) return unreadable("EVENT_TIME", "the ce_time header is not an RFC 3339 time");
  return { id, name, time, key, once: onceBy(source, id) };
}

export interface Attributes {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly time: string | null;
  readonly key: string | null;
}

function contentTypeOf(header: Buffer | string | undefined): string {
  if (header === undefined || (typeof header !== "string" && JSON_TYPE_BYTES.equals(header))) return JSON_TYPE;
  return header.toString();
}

function onceBy(source: string, id: string): Once {
  if (id.startsWith(MARK_PREFIX)) {
    const split = id.lastIndexOf(":");
    const sequence = Number(id.slice(split + 1));
    if (Number.isSafeInteger(sequence) && sequence > 0 && sequence <= MAX_SEQUENCE) {
      return { by: "producer", producer: id.slice(MARK_PREFIX.length, split), sequence };
    }
  }
  // The length keeps ("a", "bc") and ("ab", "c") apart.
  return { by: "id", key: `${source.length}:${source}${id}` };
}

function problemOfJson(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return jsonProblem(error);
  }
}

export function unreadable(code: string, reason: string): Unreadable {
  return { ok: false, code, reason };
}
