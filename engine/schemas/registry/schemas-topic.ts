// The schemas topic: read whole, then followed, with a word on how far.
import { LogError } from "../../log/errors.ts";
import { FollowedTopic } from "../../log/followed-topic.ts";
import type { Log, StoredRecord } from "../../log/log.ts";
import type { Logger } from "../../observability/logger.ts";
import { SchemaError } from "../schema-error.ts";
import { SchemaBook } from "./schema-book.ts";
import { decodeSchemaRecord, encodeSchemaRecord, type SchemaRecord } from "./schema-records.ts";

export interface SchemasTopicOptions {
  readonly log: Log;
  readonly topic: string;
  readonly logger: Logger;
  /** How long a question to the log may take. */
  readonly timeoutMs: number;
}

export class SchemasTopic {
  readonly book = new SchemaBook();
  readonly #options: SchemasTopicOptions;
  readonly #closed = new AbortController();
  readonly #followed: FollowedTopic;
  readonly #damaged = new Set<number>();
  #syncing: Promise<void> | null = null;
  #nextSync: Promise<void> | null = null;

  constructor(options: SchemasTopicOptions) {
    const { log, topic, logger } = options;
    this.#options = options;
    this.#followed = new FollowedTopic({
      log,
      topic,
      signal: this.#closed.signal,
      take: (record) => this.#see(record),
      trouble: (error) =>
        logger.warn(
          { err: error, code: "SCHEMAS_TOPIC_UNREAD", topic },
          `the schemas topic cannot be followed; what it held until now is known, and it is tried again: ${messageOf(error)}`,
        ),
    });
  }

  get description(): string {
    return `topic ${this.#options.topic} (${this.#options.log.description})`;
  }

  /** Reads to the end, then goes on in the background. @throws LogError */
  async open(): Promise<void> {
    await this.#followed.open();
  }

  /** Resolves when all that stands in the topic now was read. @throws SchemaError REGISTRY_UNAVAILABLE */
  async sync(): Promise<void> {
    if (this.#syncing === null) return this.#sync();
    // The one that is under way may have been told the end before now. All who come meanwhile share the next.
    this.#nextSync ??= this.#syncing
      .catch(() => {})
      .then(async () => {
        this.#nextSync = null;
        await this.#sync();
      });
    await this.#nextSync;
  }

  async #sync(): Promise<void> {
    const syncing = this.#inTime(() => this.#followed.caughtUp()).finally(() => {
      if (this.#syncing === syncing) this.#syncing = null;
    });
    this.#syncing = syncing;
    await syncing;
  }

  /** Resolves when the records were read back, with all that came before them. @throws SchemaError REGISTRY_UNAVAILABLE */
  async append(records: readonly SchemaRecord[]): Promise<void> {
    await this.#inTime(async (signal) => {
      const { baseOffset } = await this.#options.log.append(this.#followed.target, records.map(encodeSchemaRecord), { signal });
      await this.#followed.reached(baseOffset + records.length);
    });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#followed.over();
  }

  #see({ offset, key, value }: StoredRecord): void {
    try {
      const record = decodeSchemaRecord(key, value);
      if (record !== null) this.book.see(record);
    } catch (error) {
      if (this.#damaged.has(offset)) return;
      this.#damaged.add(offset);
      this.#options.logger.error(
        { err: error, code: "SCHEMA_RECORD_DAMAGED", topic: this.#options.topic, offset, key: key?.toString() },
        `a record of the schemas topic cannot be read and is passed over: ${messageOf(error)}`,
      );
    }
  }

  async #inTime(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const late = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(this.#options.timeoutMs)]);
    const { promise: lateness, reject } = Promise.withResolvers<never>();
    const expire = (): void => reject(new LogError("LOG_ABORTED", "the log did not answer in time", { retriable: true }));
    late.addEventListener("abort", expire, { once: true });
    try {
      late.throwIfAborted();
      await Promise.race([work(late), lateness]);
      late.throwIfAborted();
    } catch (cause) {
      const why = this.#closed.signal.aborted ? "it is closed" : messageOf(cause);
      throw new SchemaError("REGISTRY_UNAVAILABLE", `schemas cannot be asked for or registered in ${this.description}: ${why}`, { cause });
    } finally {
      late.removeEventListener("abort", expire);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
