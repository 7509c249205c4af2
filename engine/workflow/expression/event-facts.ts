// What expressions see of an event. Its data is parsed when it is first looked at, and once.
import type { TriggerEvent } from "../records.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonRecord;
export interface JsonRecord {
  readonly [name: string]: Json;
}

export const FIELDS = ["data", "name", "id", "time", "key"] as const;
export type Field = (typeof FIELDS)[number];

/** `time` is in milliseconds since 1970. */
export type EventFacts = { readonly [field in Field]: Json };

/** Data of an event, as JSON that can be looked into; `null`, as JSON, where nobody can any more. Who decides sees to it that it can be told. */
export type OpenData = (data: string) => string;

export const asItIs: OpenData = (data) => data;

/** `event.data` is text that is known to be JSON, or is sealed. */
export function factsOf(event: Pick<TriggerEvent, Field>, open: OpenData): EventFacts {
  const { name, id, time, key } = event;
  let data: Json | undefined;
  return {
    name,
    id,
    time,
    key,
    get data() {
      return (data ??= JSON.parse(open(event.data)) as Json);
    },
  };
}

export function isField(name: string | undefined): name is Field {
  return FIELDS.some((field) => field === name);
}

/** Names of data are anybody's: what an object has from its prototype is no part of it. */
export function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueOfName(record: JsonRecord, name: string): Json | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
