// What of a record is sealed, and how it is opened again: its value, its key, and its headers but for those that say only what kind of thing it is.
import { LogError } from "../errors.ts";
import type { Headers, LogRecord, StoredRecord, TopicPartition } from "../log.ts";
import type { Codec } from "./codec.ts";
import { headOf, isSealed, readEnvelope } from "./envelope.ts";

/** Headers that stay as they are: CloudEvents' attributes, traces, and where a dead letter is from. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set([
  "content-type",
  "ce_specversion",
  "ce_type",
  "ce_source",
  "ce_id",
  "ce_time",
  "ce_dataschema",
  "traceparent",
  "tracestate",
  "mr-code",
  "mr-topic",
  "mr-partition",
  "mr-offset",
  "mr-copied",
]);

/** Seals what goes to the topics of an app. */
export class Sealer {
  readonly #codec: Codec;
  readonly #valueHead: Buffer;
  readonly #nameHead: Buffer;

  constructor(codec: Codec) {
    this.#codec = codec;
    this.#valueHead = headOf("value", codec.current);
    this.#nameHead = headOf("name", codec.names);
  }

  /** A tombstone stays one, by the same key: compaction works on what is sealed as on what is not. */
  seal(topic: string, { key, value, headers }: LogRecord): LogRecord {
    const codec = this.#codec;
    return {
      key: key === null ? null : Buffer.concat([this.#nameHead, codec.hide(key, boundToTopic(topic))]),
      value: value === null ? null : Buffer.concat([this.#valueHead, codec.encrypt(value, boundToKey(topic, key))]),
      ...(headers === undefined ? {} : { headers: this.#headers(topic, headers) }),
    };
  }

  #headers(topic: string, headers: Headers): Headers {
    let isPlain = true;
    for (const name in headers) isPlain &&= PLAIN_HEADERS.has(name);
    if (isPlain) return headers;
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, PLAIN_HEADERS.has(name) ? value : this.#header(topic, name, value)]),
    );
  }

  #header(topic: string, name: string, value: string | Buffer): Buffer {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    return Buffer.concat([this.#valueHead, this.#codec.encrypt(bytes, boundToHeader(topic, name))]);
  }
}

/** The record as it was before it was sealed; itself, where it never was. @throws LogError `LOG_KEY_MISSING`, `LOG_UNDECIPHERABLE` */
export function opened(codec: Codec | null, at: TopicPartition, record: StoredRecord): StoredRecord {
  if (!isAnySealed(record)) return record;
  const { topic } = at;
  const open = (sealed: Buffer, bound: Buffer, what: string): Buffer => openedBytes(codec, sealed, bound, { at, record, what });
  const key = isSealed(record.key) ? open(record.key, boundToTopic(topic), "key") : record.key;
  const value = isSealed(record.value) ? open(record.value, boundToKey(topic, key), "value") : record.value;
  const headers: Record<string, Buffer> = {};
  for (const [name, header] of Object.entries(record.headers)) {
    headers[name] = isSealed(header) ? open(header, boundToHeader(topic, name), `header ${name}`) : header;
  }
  return { ...record, key, value, headers };
}

function isAnySealed({ key, value, headers }: StoredRecord): boolean {
  if (isSealed(value) || isSealed(key)) return true;
  for (const name in headers) if (isSealed(headers[name])) return true;
  return false;
}

interface Where {
  readonly at: TopicPartition;
  readonly record: StoredRecord;
  readonly what: string;
}

function openedBytes(codec: Codec | null, sealed: Buffer, bound: Buffer, { at, record, what }: Where): Buffer {
  const place = `the ${what} of ${at.topic}/${at.partition} at offset ${record.offset}`;
  const { kind, key, bytes } = readEnvelope(sealed);
  if (kind === "unknown")
    throw new LogError("LOG_UNDECIPHERABLE", `${place} was sealed by a newer version of Millrace: install that, or a newer one`);
  if (codec === null)
    throw new LogError(
      "LOG_KEY_MISSING",
      `${place} is encrypted with the key "${key}", and there is no codec here. Give the app its codec: new Millrace({ codec }); a command takes it from the app's module, or from --codec MODULE`,
    );
  if (!codec.knows(key))
    throw new LogError(
      "LOG_KEY_MISSING",
      `${place} is encrypted with the key "${key}", which the codec does not have. Give it that key, too, and start again: nothing is lost`,
    );
  if (kind === "name" && key !== codec.names)
    throw new LogError(
      "LOG_KEY_MISSING",
      `${place} is hidden with the key "${key}", and the codec hides names with "${codec.names}". That key never changes: give the codec names: "${key}"`,
    );
  try {
    return kind === "name" ? codec.show(bytes, bound) : codec.decrypt(bytes, bound, key);
  } catch (cause) {
    throw new LogError(
      "LOG_UNDECIPHERABLE",
      `${place} cannot be decrypted with the key "${key}": that key is not the one it was encrypted with, or the record was altered or is not of this topic. Give the codec the right key; where it is right, find out who else writes to this topic`,
      { cause },
    );
  }
}

/** By what a topic is for, not by its whole name: a copy of an app's topics under another prefix can be read. */
function boundToTopic(topic: string): Buffer {
  return Buffer.from(`k${purposeOf(topic)}`);
}

function boundToKey(topic: string, key: Buffer | null): Buffer {
  const purpose = Buffer.from(`${key === null ? "v" : "V"}${purposeOf(topic)}\0`);
  return key === null ? purpose : Buffer.concat([purpose, key]);
}

function boundToHeader(topic: string, name: string): Buffer {
  return Buffer.from(`h${purposeOf(topic)}\0${name}`);
}

function purposeOf(topic: string): string {
  return topic.slice(topic.lastIndexOf(".") + 1);
}
