// ADAPTER of the port SchemaRegistry on the app's own topic: where there is no registry, and for copies of what a registry said.
//
// Several processes may register at once. Each appends a claim (the schema under its id, and the id under the subject's next version) and reads
// it back: the first claim of a key stands, for everyone, and who came second tries the next number.
import { must } from "../../core/errors.ts";
import type { Log } from "../../log/log.ts";
import { silentLogger, type Logger } from "../../observability/logger.ts";
import { compatibilityProblems, type Compatibility } from "../avro/compatibility.ts";
import type { EventSchema } from "../avro/event-schema.ts";
import { schemaIdOf } from "../avro/schema-id.ts";
import { incompatible } from "./incompatible.ts";
import type { SchemaRegistry } from "./registry.ts";
import type { BookVersion, SchemaBook } from "./schema-book.ts";
import type { SubjectVersion } from "./schema-records.ts";
import { SchemasTopic } from "./schemas-topic.ts";

export interface TopicRegistryOptions {
  readonly log: Log;
  /** The app's `<app>.schemas`. */
  readonly topic: string;
  /** Of all subjects. Default BACKWARD: who reads with the newest schema can read what the one before wrote. */
  readonly compatibility?: Compatibility;
  readonly logger?: Logger;
  /** How long the log may take to answer a question. Default 10 s. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_ID = 2 ** 31 - 1;

/** Reads the topic whole before it resolves. @throws LogError */
export async function openTopicRegistry(options: TopicRegistryOptions): Promise<TopicRegistry> {
  const { log, topic, logger = silentLogger, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const schemas = new SchemasTopic({ log, topic, logger, timeoutMs });
  try {
    await schemas.open();
  } catch (error) {
    await schemas.close();
    throw error;
  }
  return new TopicRegistry(schemas, options.compatibility ?? "BACKWARD");
}

export class TopicRegistry implements SchemaRegistry {
  readonly #topic: SchemasTopic;
  readonly #mode: Compatibility;

  constructor(topic: SchemasTopic, mode: Compatibility) {
    this.#topic = topic;
    this.#mode = mode;
  }

  get description(): string {
    return this.#topic.description;
  }

  /** What is known now, without asking the log. */
  get book(): SchemaBook {
    return this.#topic.book;
  }

  /** Reads what stands in the topic now. @throws SchemaError REGISTRY_UNAVAILABLE */
  async refresh(): Promise<void> {
    await this.#topic.sync();
  }

  async register(subject: string, schema: EventSchema): Promise<number> {
    await this.#topic.sync();
    for (;;) {
      await this.#saySo();
      const versions = this.book.versionsOf(subject);
      const known = versions.find((version) => version.schema === schema.text);
      if (known !== undefined) return known.id;
      this.#check(subject, schema, versions);
      const id = this.#freeId(schema.text);
      const version = (versions.at(-1)?.version ?? 0) + 1;
      await this.#topic.append([
        { kind: "schema", id, schema: schema.text, copied: null },
        { kind: "version", subject, version, id },
      ]);
    }
  }

  async schemaOf(id: number): Promise<string | null> {
    const known = this.book.schemaOf(id);
    if (known !== null) return known;
    await this.#topic.sync();
    return this.book.schemaOf(id);
  }

  async versionsOf(subject: string): Promise<readonly string[]> {
    await this.#topic.sync();
    return this.book.versionsOf(subject).map(({ schema }) => schema);
  }

  async compatibilityOf(_subject: string): Promise<Compatibility> {
    return this.#mode;
  }

  /**
   * Keeps what a registry said, under the registry's id. Answers the schema that the id means here: another one only where the id was taken
   * before. @throws SchemaError REGISTRY_UNAVAILABLE
   */
  async keep(id: number, schema: string, copied: SubjectVersion | null): Promise<string> {
    const known = this.book.schemaOf(id);
    const isNews = copied !== null && known === schema && this.book.copiedIdOf(copied.subject, schema) !== id;
    if (known === null || isNews) await this.#topic.append([{ kind: "schema", id, schema, copied }]);
    await this.#saySo();
    return must(this.book.schemaOf(id), `schema ${id}, which was just kept,`);
  }

  async close(): Promise<void> {
    await this.#topic.close();
  }

  #check(subject: string, schema: EventSchema, versions: readonly BookVersion[]): void {
    const texts = versions.map((version) => version.schema);
    const problems = compatibilityProblems(this.#mode, schema.text, texts);
    if (problems.length > 0) throw incompatible({ subject, schema, mode: this.#mode, problems, place: this.description });
  }

  #freeId(text: string): number {
    let id = schemaIdOf(text);
    while ((this.book.schemaOf(id) ?? text) !== text) id = id === MAX_ID ? 1 : id + 1;
    return id;
  }

  /** Else compaction would keep a latecomer's word in place of what stands. */
  async #saySo(): Promise<void> {
    const { unsaid } = this.book;
    if (unsaid.length > 0) await this.#topic.append(unsaid);
  }
}
