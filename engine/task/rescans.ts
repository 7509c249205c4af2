// Answers what of the past this partition's sources hold for a shape: from a time on, up to what is decided now; from there on events of the shape are told as they come.
// One scan at a time; who asked asks again where this owner ends before it is answered.
import type { Log, StoredRecord } from "../log/log.ts";
import { LogError } from "../log/errors.ts";
import type { Logger } from "../observability/logger.ts";
import type { Message } from "../workflow/decision.ts";
import { decodeEvent } from "../workflow/event/cloud-event.ts";
import type { AskRescan } from "../workflow/records.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { shapeKey } from "../workflow/wait/shape.ts";
import { seenMessages } from "../workflow/wait/tell.ts";

export interface RescansOptions {
  readonly log: Log;
  readonly state: PartitionState;
  readonly inbox: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Events of the shape are told from now on; resolves when that is in the journal. */
  readonly activate: (event: string, path: string) => Promise<void>;
  readonly tell: (messages: readonly Message[]) => void;
  /** Resolves when what was told is in the journal. */
  readonly flushed: () => Promise<void>;
  readonly failed: (error: unknown) => void;
}

const MAX_TOLD = 100;

export class Rescans {
  readonly #options: RescansOptions;
  readonly #queue = new Map<string, { readonly from: number; readonly asked: AskRescan }>();
  #running = false;

  constructor(options: RescansOptions) {
    this.#options = options;
  }

  ask(from: number, asked: AskRescan): void {
    const key = `${from} ${shapeKey(asked.event, asked.path)}`;
    if (this.#queue.has(key)) return;
    this.#queue.set(key, { from, asked });
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      for (const [key, { from, asked }] of this.#queue) {
        await this.#answer(from, asked);
        this.#queue.delete(key);
      }
    } catch (error) {
      if (!this.#options.signal.aborted) this.#options.failed(error);
    } finally {
      this.#running = false;
    }
  }

  async #answer(from: number, { event, path, round, since }: AskRescan): Promise<void> {
    const { state, inbox, activate, tell, flushed } = this.#options;
    await activate(event, path);
    for (const source of state.sources.values()) {
      if (source.topic === inbox) continue;
      // Past the place where the shape was activated too: who asks may have forgotten what it was told since.
      await this.#scan(source, { since, until: source.next }, (record, stamped) =>
        this.#told(from, source, { event, path }, record, stamped),
      );
    }
    tell([{ to: from, body: { type: "RescanDone", event, path, round } }]);
    await flushed();
  }

  #told(
    from: number,
    source: SourceState,
    shape: { event: string; path: string },
    record: StoredRecord,
    stamped: boolean,
  ): readonly Message[] {
    const read = decodeEvent(record);
    if (!read.ok || read.event.name !== shape.event) return [];
    const { id, name, data, key, time } = read.event;
    const { topic, partition } = source;
    const appendedAt = stamped ? record.timestamp : (time ?? record.timestamp);
    const event = { id, name, data, key, time: time ?? appendedAt, topic, partition, offset: record.offset, appendedAt };
    return seenMessages(this.#options.state, event, [shape]).filter(({ to }) => to === from);
  }

  async #scan(
    source: SourceState,
    { since, until }: { readonly since: number; readonly until: number },
    told: (record: StoredRecord, stamped: boolean) => readonly Message[],
  ): Promise<void> {
    const { log, signal, tell, flushed } = this.#options;
    const start = await this.#startOf(source, since);
    if (start >= until) return;
    const reader = log.openReader({ topic: source.topic, partition: source.partition, from: start, mode: "bulk" });
    const stop = (): void => reader.close();
    signal.addEventListener("abort", stop);
    let batch: Message[] = [];
    try {
      for (let next = start; next < until;) {
        signal.throwIfAborted();
        const read = await reader.next();
        for (const record of read.records) if (record.offset < until) batch.push(...told(record, read.timestampType === "append"));
        next = read.nextOffset;
        if (batch.length < MAX_TOLD && next < until) continue;
        tell(batch);
        batch = [];
        await flushed();
      }
    } finally {
      signal.removeEventListener("abort", stop);
      reader.close();
    }
  }

  /** What a source's retention has deleted cannot be told: the wait goes without it, and people hear of it. */
  async #startOf(source: SourceState, since: number): Promise<number> {
    const { log, logger } = this.#options;
    try {
      const [wanted, earliest] = await Promise.all([log.offsetForTime(source, Math.max(0, since)), log.earliestOffset(source)]);
      if (earliest > 0 && wanted <= earliest) {
        logger.warn(
          { code: "WAIT_PAST_RETENTION", topic: source.topic, partition: source.partition, since },
          "a wait looks back further than a source's retention reaches: events that were deleted cannot answer it",
        );
      }
      return Math.max(wanted, earliest);
    } catch (error) {
      // A source that is gone stops by itself, visibly.
      if (error instanceof LogError && error.code === "LOG_UNKNOWN_PARTITION") return Number.POSITIVE_INFINITY;
      throw error;
    }
  }
}
