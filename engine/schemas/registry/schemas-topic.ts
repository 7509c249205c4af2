// The schemas topic: read whole, then followed, with a word on how far.
import { setTimeout as pause } from "node:timers/promises";
import { LogError } from "../../log/errors.ts";
import type { Log, PartitionReader, StoredRecord } from "../../log/log.ts";
import type { Logger } from "../../observability/logger.ts";
import { SchemaError } from "../schema-error.ts";
import { SchemaBook } from "./schema-book.ts";
import { decodeSchemaRecord, encodeSchemaRecord, type SchemaRecord } from "./schema-records.ts";

const REOPEN_MS = 1_000;

export interface SchemasTopicOptions {
  readonly log: Log;
  readonly topic: string;
  readonly logger: Logger;
  /** How long a question to the log may take. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly offset: number;
  readonly resolve: () => void;
}

export class SchemasTopic {
  readonly book = new SchemaBook();
  readonly #options: SchemasTopicOptions;
  readonly #target: { readonly topic: string; readonly partition: 0 };
  readonly #closed = new AbortController();
  readonly #waiting = new Set<Waiting>();
  readonly #damaged = new Set<number>();
  #position = 0;
  #reader: PartitionReader | null = null;
  #following: Promise<void> = Promise.resolve();
  #syncing: Promise<void> | null = null;
  #nextSync: Promise<void> | null = null;

  constructor(options: SchemasTopicOptions) {
    this.#options = options;
    this.#target = { topic: options.topic, partition: 0 };
  }

  get description(): string {
    return `topic ${this.#options.topic} (${this.#options.log.description})`;
  }

  /** Reads to the end, then goes on in the background. @throws LogError */
  async open(): Promise<void> {
    this.#reader = await this.#openReader();
    const end = await this.#options.log.latestOffset(this.#target);
    while (this.#position < end) this.#take(await this.#reader.next());
    this.#following = this.#follow();
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
    const syncing = this.#inTime(async () => this.#reached(await this.#options.log.latestOffset(this.#target))).finally(() => {
      if (this.#syncing === syncing) this.#syncing = null;
    });
    this.#syncing = syncing;
    await syncing;
  }

  /** Resolves when the records were read back, with all that came before them. @throws SchemaError REGISTRY_UNAVAILABLE */
  async append(records: readonly SchemaRecord[]): Promise<void> {
    await this.#inTime(async (signal) => {
      const { baseOffset } = await this.#options.log.append(this.#target, records.map(encodeSchemaRecord), { signal });
      await this.#reached(baseOffset + records.length);
    });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#reader?.close();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        this.#reader ??= await this.#openReader();
        if (signal.aborted) break; // closed while it was opened
        this.#take(await this.#reader.next());
      } catch (error) {
        this.#reader?.close();
        this.#reader = null;
        if (signal.aborted) return;
        this.#options.logger.warn(
          { err: error, code: "SCHEMAS_TOPIC_UNREAD", topic: this.#options.topic },
          `the schemas topic cannot be followed; what it held until now is known, and it is tried again: ${messageOf(error)}`,
        );
        await pause(REOPEN_MS, undefined, { ref: false, signal }).catch(() => undefined);
      }
    }
    this.#reader?.close();
  }

  /** From the start: whoever reads twice sees the same twice. */
  async #openReader(): Promise<PartitionReader> {
    const from = await this.#options.log.earliestOffset(this.#target);
    this.#position = from;
    return this.#options.log.openReader({ ...this.#target, from });
  }

  #take({ records, nextOffset }: { readonly records: readonly StoredRecord[]; readonly nextOffset: number }): void {
    for (const record of records) this.#see(record);
    this.#position = nextOffset;
    for (const waiting of this.#waiting) if (waiting.offset <= nextOffset) waiting.resolve();
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

  async #reached(offset: number): Promise<void> {
    if (this.#position >= offset) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { offset, resolve };
    this.#waiting.add(waiting);
    const { signal } = this.#closed;
    const giveUp = (): void => resolve();
    signal.addEventListener("abort", giveUp, { once: true });
    await promise;
    signal.removeEventListener("abort", giveUp);
    this.#waiting.delete(waiting);
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
