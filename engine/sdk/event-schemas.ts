// The schemas that an app declares for its events: what is sent fits them, and Avro is written by them, with an id that a registry gave.
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { backoffMs } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import { must } from "../core/errors.ts";
import { shown } from "../core/shown.ts";
import { toJson } from "../execution/json.ts";
import type { BodyOf, CheckedEvent } from "../execution/outgoing-event.ts";
import type { Logger } from "../observability/logger.ts";
import { codecOf, type EventCodec } from "../schemas/avro/codec.ts";
import { parseEventSchema, type EventSchema } from "../schemas/avro/event-schema.ts";
import type { SchemaRegistry } from "../schemas/registry/registry.ts";
import { SchemaError } from "../schemas/schema-error.ts";
import { framed } from "../schemas/wire.ts";
import type { AvroEvent } from "../sources/declared.ts";
import { AVRO_TYPE, type EventBody } from "../workflow/event/cloud-event.ts";

export type LooseDeclarations = Readonly<Record<string, AvroEvent<unknown> | StandardSchemaV1 | undefined>>;

export interface EventSchemasOptions {
  readonly declarations: LooseDeclarations;
  /** Of the app's events: what subjects begin with. */
  readonly topic: string;
  readonly maxEventBytes: number;
  /** Asked for when the first schema is registered. */
  readonly registry: () => Promise<SchemaRegistry>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

interface AvroEntry {
  readonly kind: "avro";
  readonly schema: EventSchema;
  /** As its author wrote it, with what it says in words. */
  readonly written: object;
  readonly codec: EventCodec;
  id: number | null;
  pending: Promise<number> | null;
  /** People were told that it cannot be registered now. */
  isAwaited: boolean;
}

interface StandardEntry {
  readonly kind: "standard";
  readonly schema: StandardSchemaV1;
}

const RETRY = { baseMs: 250, maxMs: 10_000 };
/** An event that is smaller than the limit by this factor is not measured again. */
const ROOM_FOR_DEFAULTS = 16;
const JSON_HEADERS = { "content-type": "application/json" };

export class EventSchemas {
  readonly #options: EventSchemasOptions;
  readonly #entries = new Map<string, AvroEntry | StandardEntry>();

  /** @throws ConfigurationError `INVALID_OPTIONS`; SchemaError `SCHEMA_INVALID` */
  constructor(options: EventSchemasOptions) {
    this.#options = options;
    for (const [event, declaration] of Object.entries(options.declarations)) {
      if (declaration !== undefined) this.#entries.set(event, entryOf(event, declaration));
    }
    refuseSharedRecords(this.#entries);
  }

  /** The Avro schema of an event's name, null for none. */
  avroOf(event: string): EventSchema | null {
    const entry = this.#entries.get(event);
    return entry?.kind === "avro" ? entry.schema : null;
  }

  /** The same, as its author wrote it. */
  writtenAvroOf(event: string): string | null {
    const entry = this.#entries.get(event);
    return entry?.kind === "avro" ? JSON.stringify(entry.written) : null;
  }

  /** Registers all schemas; where the registry cannot be asked, that goes on by itself. @throws SchemaError `SCHEMA_INCOMPATIBLE` */
  async register(): Promise<void> {
    const { logger } = this.#options;
    await Promise.all(
      [...this.#entries].map(async ([event, entry]) => {
        if (entry.kind !== "avro") return;
        try {
          await this.#registered(entry);
        } catch (error) {
          if (!isPassing(error)) throw error;
          this.#inTime(entry, error).catch((late: unknown) => {
            const code = late instanceof SchemaError ? late.code : "SCHEMA_NOT_REGISTERED";
            logger.error({ code, event, err: late }, `the schema of ${event} cannot be registered, and such events cannot be sent`);
          });
        }
      }),
    );
  }

  /** How an event is written; fits `EventProducer` and steps. */
  readonly bodyOf: BodyOf = (event, given) => {
    const entry = this.#entries.get(event.name);
    if (entry === undefined) return { value: Buffer.from(event.data), headers: JSON_HEADERS };
    if (entry.kind === "standard") return this.#byStandard(event.name, entry.schema, given);
    const body = encoded(entry.codec, event.name, event.data);
    this.#checkForReaders(entry.codec, event, body);
    return entry.id === null ? this.#inTime(entry).then((id) => avroBody(id, body)) : avroBody(entry.id, body);
  };

  /** The data that who reads the event gets, as JSON. Asks nobody for an id. @throws as `bodyOf` */
  readonly dataOf = (event: CheckedEvent, given: unknown): string | Promise<string> => {
    const entry = this.#entries.get(event.name);
    if (entry === undefined) return event.data;
    if (entry.kind === "avro") return JSON.stringify(entry.codec.decode(encoded(entry.codec, event.name, event.data)));
    const body = this.#byStandard(event.name, entry.schema, given);
    return body instanceof Promise ? body.then(({ value }) => value.toString()) : body.value.toString();
  };

  /** Defaults are filled in, so whoever reads it may get more than was sent: small events have room for that. */
  #checkForReaders(codec: EventCodec, event: CheckedEvent, body: Buffer): void {
    const { maxEventBytes } = this.#options;
    if (event.bytes <= maxEventBytes / ROOM_FOR_DEFAULTS) return;
    const bytes = Buffer.byteLength(JSON.stringify(codec.decode(body))) + Buffer.byteLength(event.key ?? "");
    if (bytes <= maxEventBytes) return;
    throw new ConfigurationError(
      "EVENT_TOO_LARGE",
      `event "${event.name}" has ${bytes} bytes as readers get it, with what its schema fills in; the limit is ${maxEventBytes}`,
    );
  }

  #byStandard(event: string, schema: StandardSchemaV1, given: unknown): EventBody | Promise<EventBody> {
    const { maxEventBytes } = this.#options;
    const result = schema["~standard"].validate(given);
    return result instanceof Promise
      ? result.then((later) => standardBody(event, later, maxEventBytes))
      : standardBody(event, result, maxEventBytes);
  }

  /** Waits for a registry that cannot be asked now: for `trouble`, where it was asked before. */
  async #inTime(entry: AvroEntry, trouble: SchemaError | null = null): Promise<number> {
    const { clock, signal } = this.#options;
    let error: unknown = trouble;
    for (let attempt = 0; ; attempt++) {
      if (error === null) {
        try {
          return await this.#registered(entry);
        } catch (thrown) {
          error = thrown;
        }
      }
      if (!isPassing(error) || signal.aborted) throw error;
      this.#tellAwaited(entry, error);
      error = null;
      await new Promise<void>((resolve) => {
        clock.setTimer(backoffMs(attempt, 0.5, RETRY), resolve);
      });
    }
  }

  #tellAwaited(entry: AvroEntry, { code, message }: SchemaError): void {
    if (entry.isAwaited) return;
    entry.isAwaited = true;
    const { event } = entry.schema;
    this.#options.logger.warn({ code, event }, `the schema of ${event} is not registered yet: ${message}. Such events wait to be sent`);
  }

  #registered(entry: AvroEntry): Promise<number> {
    entry.pending ??= this.#register(entry).finally(() => {
      entry.pending = null;
    });
    return entry.pending;
  }

  async #register(entry: AvroEntry): Promise<number> {
    const { topic, registry } = this.#options;
    entry.id ??= await (await registry()).register(`${topic}-${entry.schema.name}`, entry.schema);
    entry.isAwaited = false;
    return must(entry.id, "a schema's id");
  }
}

function entryOf(event: string, declaration: unknown): AvroEntry | StandardEntry {
  if (isAvro(declaration)) {
    const { schema: json } = declaration;
    const named = typeof json === "object" && json !== null && !("event" in json) ? { ...json, event } : json;
    const schema = parseEventSchema(named, `events: ${JSON.stringify(event)}`);
    if (schema.event !== event) {
      throw new ConfigurationError("INVALID_OPTIONS", `events: the schema at ${shown(event)} says that it is of ${shown(schema.event)}`);
    }
    return { kind: "avro", schema, written: json, codec: codecOf(schema.text), id: null, pending: null, isAwaited: false };
  }
  if (isStandard(declaration)) return { kind: "standard", schema: declaration };
  throw new ConfigurationError(
    "INVALID_OPTIONS",
    `events: ${shown(event)} is declared by avro(schema) or by a Standard Schema such as zod's, not by ${shown(declaration)}`,
  );
}

/** To a registry, two schemas of one record are versions of each other. @throws ConfigurationError */
function refuseSharedRecords(entries: ReadonlyMap<string, AvroEntry | StandardEntry>): void {
  const events = new Map<string, string>();
  for (const [event, entry] of entries) {
    if (entry.kind !== "avro") continue;
    const { name } = entry.schema;
    const other = events.get(name);
    if (other !== undefined) {
      throw new ConfigurationError(
        "INVALID_OPTIONS",
        `events: ${shown(other)} and ${shown(event)} both have the record ${name}, and a registry would take one for a version of the other. Give each a record of its own`,
      );
    }
    events.set(name, event);
  }
}

function isAvro(declaration: unknown): declaration is AvroEvent<unknown> {
  return typeof declaration === "object" && declaration !== null && "kind" in declaration && declaration.kind === "avro";
}

/** Some libraries' schemas are functions. */
function isStandard(declaration: unknown): declaration is StandardSchemaV1 {
  return ((typeof declaration === "object" && declaration !== null) || typeof declaration === "function") && "~standard" in declaration;
}

function encoded(codec: EventCodec, event: string, json: string): Buffer {
  try {
    return codec.encode(JSON.parse(json));
  } catch (error) {
    if (!(error instanceof SchemaError) || error.code !== "EVENT_DATA_INVALID") throw error;
    throw new SchemaError(error.code, `event "${event}": ${error.message}`, { path: error.path, cause: error });
  }
}

function avroBody(id: number, body: Buffer): EventBody {
  return { value: framed(id, body), headers: { "content-type": AVRO_TYPE, ce_dataschema: `/schemas/ids/${id}` } };
}

function standardBody(event: string, result: StandardSchemaV1.Result<unknown>, maxEventBytes: number): EventBody {
  if (result.issues !== undefined) {
    const issues = result.issues.map(({ message, path }) => ({ message, path: pathText(path) }));
    const told = issues.map(({ message, path }) => `${path}: ${message}`).join("; ");
    throw new SchemaError("EVENT_DATA_INVALID", `event "${event}" does not fit its schema: ${told}`, { path: issues[0]?.path ?? "data" });
  }
  const value = Buffer.from(toJson(result.value, `the data of event "${event}"`) ?? "null");
  if (value.length > maxEventBytes) {
    throw new ConfigurationError(
      "EVENT_TOO_LARGE",
      `event "${event}" has ${value.length} bytes as its schema gives it back; the limit is ${maxEventBytes}`,
    );
  }
  return { value, headers: JSON_HEADERS };
}

function pathText(path: StandardSchemaV1.Issue["path"]): string {
  return (path ?? []).reduce<string>((text, segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`;
  }, "data");
}

/** The same may succeed later. */
function isPassing(error: unknown): error is SchemaError {
  return error instanceof SchemaError && error.retriable;
}
