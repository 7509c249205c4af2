// One partition as this process knows it: its bounds, its newest batches, and who waits for more.
import type { TopicPartition } from "../log.ts";
import type { EncodedBatch } from "./batch-codec.ts";
import type { StoredPartition } from "./store.ts";

const TAIL_BYTES = 256 * 1024;

export class Partition {
  readonly id: number;
  readonly target: TopicPartition;
  readonly #waiting = new Set<() => void>();
  #start: number;
  #end: number;
  #lastTime: number;
  /** The newest batches, without a gap up to the end, so that readers at the end never ask the store. */
  #tail: EncodedBatch[] = [];
  #tailBytes = 0;

  constructor(target: TopicPartition, stored: StoredPartition) {
    this.id = stored.id;
    this.target = target;
    this.#start = stored.start;
    this.#end = stored.end;
    this.#lastTime = stored.lastTime;
  }

  get start(): number {
    return this.#start;
  }
  /** The offset that the next record gets. Everything below it is durable. */
  get end(): number {
    return this.#end;
  }
  get lastTime(): number {
    return this.#lastTime;
  }

  /** A batch has become durable. */
  publish(batch: EncodedBatch): void {
    this.#end = batch.last + 1;
    this.#lastTime = batch.time;
    this.#tail.push(batch);
    this.#tailBytes += batch.data.length;
    if (this.#tailBytes > 2 * TAIL_BYTES) this.#shortenTail();
    this.wakeReaders();
  }

  trimmed(start: number): void {
    this.#start = Math.max(this.#start, start);
  }

  /** What is kept of the newest batches may hold records that compaction removed. */
  forgetTail(): void {
    this.#tail = [];
    this.#tailBytes = 0;
  }

  /** The newest batches from the one that holds `from` on, up to `maxBytes` but at least one; null where the store must be asked. */
  fromTail(from: number, maxBytes: number): readonly EncodedBatch[] | null {
    const first = this.#tail[0];
    if (first === undefined || from < first.base) return null;
    let at = this.#tail.length - 1;
    while (at > 0 && (this.#tail[at]?.base ?? 0) > from) at--;
    const found: EncodedBatch[] = [];
    let bytes = 0;
    for (const batch of this.#tail.slice(at)) {
      if (found.length > 0 && bytes + batch.data.length > maxBytes) break;
      bytes += batch.data.length;
      found.push(batch);
    }
    return found;
  }

  /** Calls `wake` once when something changes. Returns how to stop waiting. */
  onceChanged(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  wakeReaders(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  #shortenTail(): void {
    let drop = 0;
    while (this.#tailBytes > TAIL_BYTES && drop < this.#tail.length - 1) this.#tailBytes -= this.#tail[drop++]?.data.length ?? 0;
    this.#tail = this.#tail.slice(drop);
  }
}
