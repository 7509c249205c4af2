/**
 * PORT Store: where the embedded log keeps its batches. One owner, one call after the other in the order of the calls.
 * It knows partitions by number (`id`) and never looks into a batch, except to compact it.
 */
import type { EncodedBatch } from "./batch-codec.ts";

export interface Store {
  /** Everything that is known of topics and partitions, without their batches. Called once, first. */
  load(): Promise<readonly StoredTopic[]>;
  /** All of the batches, or none; durable when it resolves. A rejection with `outcomeUnknown` ends the use of this store. */
  commit(writes: readonly BatchWrite[]): Promise<void>;
  /** Batches that hold offsets in [from, below), the first whatever its size, then up to `maxBytes`. */
  read(partition: number, from: number, below: number, maxBytes: number): Promise<ReadSlice>;
  /** The first batch whose time is at or after `time`. */
  findTime(partition: number, time: number): Promise<EncodedBatch | null>;
  /** The partition begins at `start` from now on. */
  trim(partition: number, start: number): Promise<void>;
  /** Keeps the newest record of each key among the offsets below `below`, and no tombstone: a step a call, until it says `done`. */
  compact(partition: number, below: number): Promise<"more" | "done">;
  createTopic(topic: NewTopic): Promise<StoredTopic>;
  close(): Promise<void>;
}

export interface BatchWrite extends EncodedBatch {
  readonly partition: number;
}

export interface ReadSlice {
  readonly batches: readonly EncodedBatch[];
  /** No batch in the range asked for was left out. */
  readonly complete: boolean;
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface StoredTopic {
  readonly topic: string;
  readonly settings: Readonly<Record<string, string>>;
  /** By partition number. */
  readonly partitions: readonly StoredPartition[];
}

export interface StoredPartition {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly lastTime: number;
}
