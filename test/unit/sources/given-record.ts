// Records of foreign topics, read without any registry.
import type { StoredRecord } from "../../../engine/log/log.ts";
import type { SourceMapping } from "../../../engine/sources/mapping.ts";
import { SourceReading } from "../../../engine/sources/reading.ts";
import type { ReadEvent, ReadResult } from "../../../engine/workflow/event/cloud-event.ts";

export interface Given {
  /** Text, bytes, or what is written as JSON; null for a tombstone. */
  readonly value?: unknown;
  readonly key?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly offset?: number;
}

export function recordOf({ value = null, key = null, headers = {}, offset = 7 }: Given): StoredRecord {
  return {
    offset,
    timestamp: 1_000,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
  };
}

/** Nothing of it is Avro. */
export function readBy(mapping: SourceMapping | null, given: Given): ReadResult | null {
  const written = {
    decode: (): never => {
      throw new Error("nothing here is Avro");
    },
    troubleOf: () => null,
  };
  const mappings = new Map(mapping === null ? [] : [["t", mapping]]);
  const read = new SourceReading({ written, mappings, schemaOf: () => null }).read("t", recordOf(given), 2);
  if (read instanceof Promise) throw new Error("it is to be read at once");
  return read;
}

export function eventBy(mapping: SourceMapping | null, given: Given): ReadEvent & { readonly json: unknown } {
  const read = readBy(mapping, given);
  if (read?.ok !== true) throw new Error(`no event: ${JSON.stringify(read)}`);
  return { ...read.event, json: JSON.parse(read.event.data) };
}

export function refusedBy(mapping: SourceMapping | null, given: Given): { readonly code: string; readonly reason: string } {
  const read = readBy(mapping, given);
  if (read === null || read.ok) throw new Error(`it is read: ${JSON.stringify(read)}`);
  return read;
}

function bytesOf(given: unknown): Buffer | null {
  if (given === null || Buffer.isBuffer(given)) return given;
  return Buffer.from(typeof given === "string" ? given : JSON.stringify(given));
}
