// A line of queued runs that are started one after the other, with their events from the journal.
import assert from "node:assert/strict";
import type { Log, PartitionReader, TopicPartition } from "../../engine/log/log.ts";
import { QueuedEvents } from "../../engine/task/backlog/queued-events.ts";
import { QueuedHistory, type QueuedRow } from "./queued-history.ts";

/** Counts what the log is asked for. */
export class QueuedLine {
  readonly events: QueuedEvents;
  readonly abort = new AbortController();
  readonly failures: unknown[] = [];
  mostBytes = 0;
  /** Readers that are open, and were at most. */
  open = 0;
  mostOpen = 0;
  entries = 0;
  /** The log answers only when this is resolved. */
  answering: PromiseWithResolvers<void> | null = null;
  #news = Promise.withResolvers<void>();

  constructor(log: Pick<Log, "openReader" | "earliestOffset">, journal: TopicPartition, options: { readonly maxBytes?: number } = {}) {
    this.events = new QueuedEvents({
      log: { openReader: (reader) => this.#counted(log.openReader(reader)), earliestOffset: (target) => log.earliestOffset(target) },
      journal,
      signal: this.abort.signal,
      loaded: () => this.#wake(),
      failed: (error) => {
        this.failures.push(error);
        this.#wake();
      },
      ...options,
    });
  }

  /** Resolves when something is there that was not, or something went wrong. */
  async news(): Promise<void> {
    await this.#news.promise;
    this.#news = Promise.withResolvers<void>();
    if (this.failures.length > 0) throw this.failures[0];
  }

  /** Rejects when something goes wrong. */
  async trouble(): Promise<never> {
    for (;;) await this.news();
  }

  /** Takes the rows one after the other, as a line does whose next so many runs are looked at. */
  async take(rows: readonly QueuedRow[], window = 40): Promise<void> {
    for (let at = 0; at < rows.length;) {
      this.events.want(rows.slice(at, at + window));
      for (let row = rows[at]; row !== undefined; row = rows[at]) {
        const events = this.events.get(row.run);
        if (events === undefined) break;
        assert.deepEqual(
          events.map((event) => ({ ...event })),
          row.events,
        );
        this.mostBytes = Math.max(this.mostBytes, this.events.bytes);
        this.events.forget(row.run);
        at += 1;
        if (at % (window / 2) === 0) break;
      }
      const next = rows[at];
      if (next !== undefined && this.events.get(next.run) === undefined) {
        this.events.want(rows.slice(at, at + window));
        await this.news();
      }
    }
  }

  #wake(): void {
    this.mostBytes = Math.max(this.mostBytes, this.events.bytes);
    this.#news.resolve();
  }

  #counted(reader: PartitionReader): PartitionReader {
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    return {
      next: async () => {
        await this.answering?.promise;
        const batch = await reader.next();
        this.entries += batch.records.length;
        return batch;
      },
      close: () => {
        this.open -= 1;
        reader.close();
      },
    };
  }
}

/** Each entry by an append of its own, as owners do: what is appended together is fetched together. */
export async function writeHistory(log: Log, journal: TopicPartition, { entries }: QueuedHistory): Promise<void> {
  await log.createTopics([{ topic: journal.topic, partitions: 1, settings: {} }]);
  for (let at = 0; at < entries.length; at += 1_000) {
    const appended = entries.slice(at, at + 1_000).map((value) => log.append(journal, [{ key: null, value }]));
    const offsets = (await Promise.all(appended)).map(({ baseOffset }) => baseOffset);
    assert.deepEqual(
      offsets,
      offsets.map((_, index) => at + index),
    );
  }
}

/** Frames that queue so many runs each, with a knock now and then. */
export function longHistory(frames: number, rows: number, dataBytes: number): QueuedHistory {
  const journal = new QueuedHistory(dataBytes);
  for (let n = 0; n < frames; n++) {
    journal.frame(rows);
    if (n % 97 === 0) journal.play({ kind: "knock" });
  }
  journal.claim();
  return journal;
}

/** How much a journal's reader knows of where frames stand. */
export function locate(
  line: QueuedLine,
  { counted, acked, lsn, epoch }: QueuedHistory,
  known: "its claim" | "some" | "all",
  pick: number,
): void {
  const offsets = pick % 2 === 0 ? counted : acked;
  if (known === "all") for (const [index, offset] of offsets.entries()) line.events.located(index + 1, offset);
  if (known === "some") {
    const image = (pick % lsn) + 1;
    line.events.located(image, offsets[image - 1] ?? -1);
  }
  if (known !== "all") line.events.located(counted.indexOf(epoch) + 1, epoch);
}

export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const keyed = items.map((item, index) => ({ item, key: Math.sin(index * 12.9898 + seed) * 43_758.5453 }));
  return keyed.toSorted((a, b) => (a.key % 1) - (b.key % 1)).map(({ item }) => item);
}
