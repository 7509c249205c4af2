// What makes events of the records of a foreign topic: a function of the app's, or one of the ready mappings beside this file.
import { toJson } from "../execution/json.ts";
import { MAX_ID, MAX_NAME, unreadable, type ReadResult } from "../workflow/event/cloud-event.ts";
import type { ReadRecord, SourceRecord } from "./source-record.ts";

/** Says which event a record is: its name, or more of it; null for none. It has to say the same each time. */
export type EventOf = (record: SourceRecord) => string | MappedEvent | null;

export interface MappedEvent {
  readonly name: string;
  /** Default: the record's value, decoded. */
  readonly data?: unknown;
  /** When it happened. Default: when the topic took the record. */
  readonly time?: Date | number;
  /** Default: the record's key, as text. */
  readonly key?: string | null;
  /** Default: `<topic>/<partition>/<offset>`. */
  readonly id?: string;
}

/** A ready mapping: `cloudEvents()`, `debezium()`. */
export interface SourceMapping {
  /** Null: no event. Never throws but by the record. */
  readonly read: (record: ReadRecord, schemaOf: (event: string) => string | null) => ReadResult | null;
}

export interface MappingFunctions {
  readonly event: EventOf;
  readonly key?: ((record: SourceRecord) => string | null) | undefined;
  readonly id?: ((record: SourceRecord) => string) | undefined;
}

const RESERVED = "millrace/";

export function functionMapping({ event: eventOf, key: keyOf, id: idOf }: MappingFunctions): SourceMapping {
  return {
    read: (record) => {
      const said = eventOf(record);
      if (said === null || said === undefined) return null;
      const event = typeof said === "string" ? { name: said } : said;
      return mapped(record, {
        ...event,
        ...(keyOf === undefined ? {} : { key: keyOf(record) }),
        ...(idOf === undefined ? {} : { id: idOf(record) }),
      });
    },
  };
}

/** The event that a record is, checked. */
export function mapped(record: SourceRecord, event: MappedEvent): ReadResult {
  const { topic, partition, offset } = record;
  const { name, time = null, key = record.key?.toString() || null, id = `${topic}/${partition}/${offset}` } = event;
  const problem = nameProblem(name) ?? textProblem("id", id, MAX_ID) ?? (key === null ? null : textProblem("key", key, Infinity));
  if (problem !== null) return unreadable("SOURCE_MAPPING_FAILED", problem);
  const at = time === null ? null : Number(time);
  if (at !== null && !Number.isSafeInteger(at)) {
    return unreadable("SOURCE_MAPPING_FAILED", "the time that the mapping gave is neither a Date nor milliseconds since 1970");
  }
  const value = "data" in event ? event.data : record.data;
  const data = toJson(value, `the data of event "${name}"`) ?? "null";
  return { ok: true, event: { id, name, data, time: at, key, once: { by: "id", key: `${topic.length}:${topic}${id}` } } };
}

function nameProblem(name: unknown): string | null {
  if (typeof name === "string" && name.startsWith(RESERVED)) return 'names that begin with "millrace/" are the engine\'s own';
  return textProblem("name", name, MAX_NAME);
}

/** What is no Unicode text would be another text in the journal. */
function textProblem(what: string, text: unknown, max: number): string | null {
  if (typeof text === "string" && text !== "" && text.length <= max && text.isWellFormed()) return null;
  const length = max === Infinity ? "of one character at least" : `of 1 to ${max} characters`;
  return `the ${what} that the mapping gave is no text ${length}`;
}
