// An event as users write it, checked, and as it goes out.
import { ConfigurationError } from "../core/configuration-error.ts";
import { shown } from "../core/shown.ts";
import { traceOf } from "../core/trace-context.ts";
import { isReservedId, MAX_ID, MAX_NAME, type EventBody } from "../workflow/event/cloud-event.ts";
import { toJson } from "./json.ts";

export interface LooseEvent {
  readonly name: string;
  readonly data?: unknown;
  readonly key?: string;
  readonly id?: string;
  readonly time?: Date | number;
  readonly subject?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

export interface CheckedEvent {
  readonly name: string;
  /** JSON. */
  readonly data: string;
  readonly key: string | null;
  readonly id: string | null;
  /** Milliseconds since 1970. */
  readonly time: number | null;
  /** Whom its data is about: it is sealed for. */
  readonly subject: string | null;
  /** Its own trace context, see core/trace-context.ts. */
  readonly trace: string | null;
  /** Of data and key. */
  readonly bytes: number;
}

/**
 * How the data of an event is written by the schema of its name; `given` is the data as it was given, `event.data` the same as JSON. A promise:
 * its schema has to be asked for first. @throws SchemaError EVENT_DATA_INVALID; what a registry says
 */
export type BodyOf = (event: CheckedEvent, given: unknown) => EventBody | Promise<EventBody>;

const RESERVED = "millrace/";

/** What users may send. @throws ConfigurationError `INVALID_EVENT`, `EVENT_TOO_LARGE`, `NOT_JSON` */
export function checkedEvent(event: LooseEvent, maxBytes: number): CheckedEvent {
  if (!isObject(event)) {
    throw new ConfigurationError(
      "INVALID_EVENT",
      `an event is an object such as { name: "user/signed.up", data: {} }, not ${shown(event)}`,
    );
  }
  if (typeof event.name === "string" && event.name.startsWith(RESERVED)) {
    throw invalid(event.name, 'names that begin with "millrace/" are the engine\'s own');
  }
  return outgoingEvent(event, maxBytes);
}

/** What the engine sends in their name, too. @throws ConfigurationError as `checkedEvent` */
export function outgoingEvent(event: LooseEvent, maxBytes: number): CheckedEvent {
  checkParts(event);
  const { name, key = null, id = null, time, data = null, subject = null, traceparent, tracestate } = event;
  const json = toJson(data, `the data of event "${name}"`) ?? "null";
  const bytes = Buffer.byteLength(json) + (key === null ? 0 : Buffer.byteLength(key));
  if (bytes > maxBytes) {
    throw new ConfigurationError(
      "EVENT_TOO_LARGE",
      `event "${name}" has ${bytes} bytes; the limit is ${maxBytes}. Store the data elsewhere and send where it is, or raise maxEventBytes`,
    );
  }
  return {
    name,
    data: json,
    key,
    id,
    time: time === undefined ? null : time.valueOf(),
    subject,
    trace: ownTrace(traceparent, tracestate),
    bytes,
  };
}

/** Not all who call it have types. */
function ownTrace(traceparent: unknown, tracestate: unknown): string | null {
  return typeof traceparent === "string" ? traceOf(traceparent, typeof tracestate === "string" ? tracestate : null) : null;
}

/** Of an event that is awaited, too. */
export function checkEventName(name: unknown): void {
  if (typeof name !== "string" || name === "" || name.length > MAX_NAME) {
    throw invalid(name, `a name is a text of 1 to ${MAX_NAME} characters`);
  }
  if (!name.isWellFormed()) throw invalid(name, notUnicode("name"));
  if (name.endsWith("*")) throw invalid(name, "a name cannot end in *: that is how triggers say any");
}

function checkParts({ name, key, id, time, subject }: LooseEvent): void {
  checkEventName(name);
  if (key !== undefined && (typeof key !== "string" || key === "")) throw invalid(name, "a key is a text that is not empty");
  if (id !== undefined && (typeof id !== "string" || id === "" || id.length > MAX_ID || isReservedId(id))) {
    throw invalid(name, `an id is a text of 1 to ${MAX_ID} characters that does not begin with "mr:"`);
  }
  if (subject !== undefined && (typeof subject !== "string" || subject === "" || subject.length > MAX_ID)) {
    throw invalid(name, `a subject is a text of 1 to ${MAX_ID} characters`);
  }
  if (key?.isWellFormed() === false) throw invalid(name, notUnicode("key"));
  if (id?.isWellFormed() === false) throw invalid(name, notUnicode("id"));
  if (subject?.isWellFormed() === false) throw invalid(name, notUnicode("subject"));
  if (time !== undefined && Number.isNaN(new Date(time).getTime())) throw invalid(name, "time is a Date or milliseconds since 1970");
}

/** The log would have another text in its place, the same for many. */
function notUnicode(what: string): string {
  return `the ${what} is no Unicode text: it has half of a surrogate pair`;
}

function invalid(name: unknown, problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_EVENT", `event ${shown(name)}: ${problem}`);
}

/** Not all who call it have types. */
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
