// ADAPTER of the port SchemaRegistry on a registry of Confluent's API (Confluent, Apicurio, Karapace, Redpanda). What it says is copied to the
// app's own topic, so that the log stays readable without it.
import { silentLogger, type Logger } from "../../observability/logger.ts";
import type { Compatibility } from "../avro/compatibility.ts";
import type { EventSchema } from "../avro/event-schema.ts";
import { SchemaError } from "../schema-error.ts";
import { openConfluentApi, type ConfluentApi, type ConfluentApiOptions } from "./confluent-api.ts";
import type { SchemaRegistry } from "./registry.ts";
import type { TopicRegistry } from "./topic-registry.ts";

export interface ConfluentRegistryOptions extends ConfluentApiOptions {
  /** Where copies are kept. Closed together with this. */
  readonly copies: TopicRegistry;
  readonly logger?: Logger;
}

/** So long the registry is not asked again for an id that it did not know, or could not be asked for. */
const AGAIN_MS = 1_000;
const MAX_REMEMBERED = 1_000;

/**
 * Asks the registry nothing: it may be down when an app starts. The copies are closed where this throws.
 * @throws SchemaError SCHEMA_INVALID where the url is none.
 */
export async function openConfluentRegistry(options: ConfluentRegistryOptions): Promise<SchemaRegistry> {
  const { copies, logger = silentLogger } = options;
  try {
    return new ConfluentRegistry(await openConfluentApi(options), copies, logger);
  } catch (error) {
    await copies.close();
    throw error;
  }
}

type Outcome = { readonly text: string | null } | { readonly error: unknown };

class ConfluentRegistry implements SchemaRegistry {
  readonly #api: ConfluentApi;
  readonly #copies: TopicRegistry;
  readonly #logger: Logger;
  /** Ids by subject and text, as answered in this process. */
  readonly #registered = new Map<string, number>();
  readonly #asking = new Map<number, Promise<string | null>>();
  /** What was not found of late, by id. */
  readonly #missed = new Map<number, { readonly until: number; readonly outcome: Outcome }>();

  constructor(api: ConfluentApi, copies: TopicRegistry, logger: Logger) {
    this.#api = api;
    this.#copies = copies;
    this.#logger = logger;
  }

  get description(): string {
    return this.#api.url;
  }

  async register(subject: string, schema: EventSchema): Promise<number> {
    const key = JSON.stringify([subject, schema.text]);
    const known = this.#registered.get(key);
    if (known !== undefined) return known;
    const id = await this.#registerAnew(subject, schema);
    this.#registered.set(key, id);
    return id;
  }

  async schemaOf(id: number): Promise<string | null> {
    const known = this.#copies.book.schemaOf(id);
    if (known !== null) return known;
    const missed = this.#missed.get(id);
    if (missed !== undefined && missed.until > performance.now()) return told(missed.outcome);
    const asked = this.#asking.get(id) ?? this.#askFor(id);
    this.#asking.set(id, asked);
    return asked;
  }

  async versionsOf(subject: string): Promise<readonly string[]> {
    return (await this.#api.versionsOf(subject)).map(({ schema }) => schema);
  }

  async compatibilityOf(subject: string): Promise<Compatibility> {
    return this.#api.compatibilityOf(subject);
  }

  async close(): Promise<void> {
    await this.#copies.close();
  }

  async #registerAnew(subject: string, schema: EventSchema): Promise<number> {
    let id: number;
    try {
      id = await this.#api.register(subject, schema);
    } catch (error) {
      const isDown = error instanceof SchemaError && error.retriable;
      const copied = isDown ? this.#copies.book.copiedIdOf(subject, schema.text) : null;
      if (copied === null) throw error;
      this.#logger.warn(
        { err: error, code: "REGISTRY_UNAVAILABLE", subject, id: copied },
        `the schema registry cannot be asked; the schema of ${schema.event} is known by its copy in ${this.#copies.description}`,
      );
      return copied;
    }
    const version = await this.#api.versionOf(subject, schema.text).catch(() => null);
    const kept = await this.#keep(id, schema.text, version === null ? null : { subject, version });
    if (kept === schema.text) return id;
    throw new SchemaError(
      "SCHEMA_ID_CONFLICT",
      `the schema registry ${this.#api.url} gave the schema of ${schema.event} the id ${id}, by which this app's events already know another one ` +
        `(${this.#copies.description}): the registry was emptied, or is not the one it was. Restore it, so that ids mean what they meant, or have it begin above the ids that are in use`,
    );
  }

  async #askFor(id: number): Promise<string | null> {
    try {
      const text = await this.#find(id);
      if (text === null) this.#miss(id, { text });
      return text;
    } catch (error) {
      this.#miss(id, { error });
      throw error;
    } finally {
      this.#asking.delete(id);
    }
  }

  /** The registry first, and then the topic once more: another process of the app may have copied it a moment ago. */
  async #find(id: number): Promise<string | null> {
    let found: string | null;
    try {
      found = await this.#api.schemaOf(id);
    } catch (error) {
      const copied = await this.#copies.schemaOf(id).catch(() => null);
      if (copied !== null) return copied;
      throw error;
    }
    return found === null ? this.#copies.schemaOf(id) : this.#keep(id, found, null);
  }

  /** What cannot be copied now is used all the same. */
  async #keep(id: number, text: string, copied: { readonly subject: string; readonly version: number } | null): Promise<string> {
    try {
      return await this.#copies.keep(id, text, copied);
    } catch (error) {
      this.#logger.warn(
        { err: error, code: "SCHEMA_NOT_COPIED", id },
        `schema ${id} is in use, but could not be copied to ${this.#copies.description}: without the registry, events with it could not be read`,
      );
      return text;
    }
  }

  #miss(id: number, outcome: Outcome): void {
    if (this.#missed.size >= MAX_REMEMBERED) this.#missed.clear();
    this.#missed.set(id, { until: performance.now() + AGAIN_MS, outcome });
  }
}

function told(outcome: Outcome): string | null {
  if ("error" in outcome) throw outcome.error;
  return outcome.text;
}
