// Reads the records of all sources of an app, each by its mapping; tells which wait for a schema, and why.
import type { StoredRecord } from "../log/log.ts";
import type { WrittenData } from "../schemas/written-data.ts";
import { decodeEvent, isPlainJson, traceIn, unreadable, type ReadResult } from "../workflow/event/cloud-event.ts";
import { cloudEvents } from "./cloud-events.ts";
import type { SourceMapping } from "./mapping.ts";
import { ReadRecord, UnreadableDataError } from "./source-record.ts";

export interface SourceReadingOptions {
  readonly written: Pick<WrittenData, "decode" | "troubleOf">;
  /** By topic; any other topic is one of CloudEvents. */
  readonly mappings: ReadonlyMap<string, SourceMapping>;
  /** Text of the Avro schema that the app declares for the event of a name; null where it declares none. */
  readonly schemaOf: (event: string) => string | null;
}

/** What a task is given as its `EventReader`. */
export class SourceReading {
  readonly #options: SourceReadingOptions;
  readonly #standard = cloudEvents();
  /** By source partition: the id of the schema that its next record waits for. */
  readonly #waiting = new Map<string, number>();

  constructor(options: SourceReadingOptions) {
    this.#options = options;
  }

  read(topic: string, stored: StoredRecord, partition: number): ReadResult | null | Promise<void> {
    const { written, mappings, schemaOf } = this.#options;
    const mapping = mappings.get(topic) ?? this.#standard;
    if (mapping === this.#standard && isPlainJson(stored)) return decodeEvent(stored);
    const record = new ReadRecord(topic, partition, stored, written);
    const result = this.#mapped(mapping, record, schemaOf);
    // A mapping may have caught what the record threw.
    if (record.pending === null) return result;
    const { id, until } = record.pending;
    const place = placeOf(topic, partition);
    this.#waiting.set(place, id);
    return until.then(() => {
      if (this.#waiting.get(place) === id) this.#waiting.delete(place);
    });
  }

  obstacle(topic: string, partition: number): { readonly code: string; readonly reason: string } | null {
    const id = this.#waiting.get(placeOf(topic, partition));
    const reason = id === undefined ? null : this.#options.written.troubleOf(id);
    return reason === null ? null : { code: "SCHEMA_AWAITED", reason };
  }

  #mapped(mapping: SourceMapping, record: ReadRecord, schemaOf: (event: string) => string | null): ReadResult | null {
    try {
      return traced(mapping.read(record, schemaOf), record);
    } catch (error) {
      if (error instanceof UnreadableDataError) return unreadable(error.code, error.message);
      return unreadable("SOURCE_MAPPING_FAILED", `the mapping of its source threw ${shownError(error)}`);
    }
  }
}

/** Whatever the mapping: producers that are traced say so in a header. */
function traced(result: ReadResult | null, { headers }: ReadRecord): ReadResult | null {
  if (result?.ok !== true || result.event.trace !== undefined) return result;
  const trace = traceIn(headers);
  return trace === null ? result : { ok: true, event: { ...result.event, trace } };
}

function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** Anything can be thrown. */
function shownError(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : `${String(error)}, which is no Error`;
  } catch {
    return "something that cannot be described";
  }
}
