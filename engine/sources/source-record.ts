// A record of a foreign topic, as mappings see it. What is Avro in it is decoded when it is first asked for.
import { jsonProblem } from "../core/json-problem.ts";
import type { StoredRecord } from "../log/log.ts";
import type { WrittenData } from "../schemas/written-data.ts";
import { unframed } from "../schemas/wire.ts";
import { AVRO_TYPE } from "../workflow/event/cloud-event.ts";

/** A record of a foreign topic. */
export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970: when it was made, or when its topic took it, as the topic has it. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** The value: Avro in Confluent's wire format, or JSON; null for a tombstone. @throws UnreadableDataError where it is neither */
  readonly data: unknown;
  /** The key, as `data`. @throws UnreadableDataError */
  readonly keyData: unknown;
}

/** Bytes of a record that are neither Avro nor JSON. */
export class UnreadableDataError extends Error {
  readonly code: string;
  constructor(code: string, reason: string) {
    super(reason);
    this.name = "UnreadableDataError";
    this.code = code;
  }
}

type Decoding = Pick<WrittenData, "decode">;

/** What a record waits for. */
export interface Pending {
  readonly id: number;
  readonly until: Promise<void>;
}

export class ReadRecord implements SourceRecord {
  readonly topic: string;
  readonly partition: number;
  /** It was asked for data that cannot be decoded yet: whatever was made of the record does not count. */
  pending: Pending | null = null;
  readonly #record: StoredRecord;
  readonly #written: Decoding;

  constructor(topic: string, partition: number, record: StoredRecord, written: Decoding) {
    this.topic = topic;
    this.partition = partition;
    this.#record = record;
    this.#written = written;
  }

  get offset(): number {
    return this.#record.offset;
  }
  get timestamp(): number {
    return this.#record.timestamp;
  }
  get key(): Buffer | null {
    return this.#record.key;
  }
  get value(): Buffer | null {
    return this.#record.value;
  }
  get headers(): Readonly<Record<string, Buffer>> {
    return this.#record.headers;
  }

  get data(): unknown {
    return this.#decoded(this.value, "value", null);
  }
  get keyData(): unknown {
    return this.#decoded(this.key, "key", null);
  }

  /** Whether its value is Avro: by its content-type, or by its first byte where it has none. */
  get isAvro(): boolean {
    const type = this.headers["content-type"];
    if (type !== undefined) return type.toString().startsWith(AVRO_TYPE);
    return this.value !== null && unframed(this.value) !== null;
  }

  /** Its value, resolved into this schema. @throws UnreadableDataError */
  dataFor(reader: string | null): unknown {
    return this.#decoded(this.value, "value", reader);
  }

  #decoded(bytes: Buffer | null, what: string, reader: string | null): unknown {
    if (bytes === null) return null;
    const frame = unframed(bytes);
    if (frame === null) {
      if (what === "value" && this.isAvro) {
        throw new UnreadableDataError(
          "EVENT_NOT_AVRO",
          "the record's value is not Avro in Confluent's wire format, as its content-type says",
        );
      }
      return parsed(bytes, what);
    }
    const decoded = this.#written.decode(frame, reader);
    if (decoded instanceof Promise) {
      this.pending ??= { id: frame.id, until: decoded };
      throw new UnreadableDataError("REGISTRY_UNAVAILABLE", `the schema of the record's ${what} is not known yet`);
    }
    if (!decoded.ok) throw new UnreadableDataError(decoded.code, `the record's ${what} cannot be decoded: ${decoded.reason}`);
    return decoded.data;
  }
}

function parsed(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch (error) {
    throw new UnreadableDataError("EVENT_NOT_JSON", `the record's ${what} is neither Avro nor JSON: ${jsonProblem(error)}`);
  }
}
