// How much a batch holds.
import type { MessageEvent, TriggerEvent } from "../../records.ts";
import type { BatchSpec } from "../spec.ts";
import type { HeldEvents } from "../state.ts";

/** Together they fit into a frame, as an event of the largest size does (R15). */
export const MAX_BATCH_BYTES = 1024 * 1024;
/** What an event takes beside its texts: numbers, lengths, what is not ASCII in its names. */
const BYTES_BESIDE_TEXTS = 64;

type Batch = Readonly<Pick<HeldEvents, "bytes">> & { readonly events: readonly TriggerEvent[] };

/** False: those that wait go on without it, and it begins the next batch. */
export function hasRoomFor(batch: Batch, next: TriggerEvent): boolean {
  return batch.bytes + bytesOfEvent(next) <= MAX_BATCH_BYTES;
}

/** With `next` in it nothing else is awaited: it has its size, or another like `next` would find no room. */
export function batchIsFull(batch: Batch, { maxSize }: BatchSpec, next: TriggerEvent): boolean {
  return batch.events.length + 1 >= maxSize || batch.bytes + 2 * bytesOfEvent(next) > MAX_BATCH_BYTES;
}

/** About what it takes in a frame. */
export function bytesOfEvent({ id, name, data, key, topic, trace }: MessageEvent): number {
  const beside = id.length + name.length + (key?.length ?? 0) + topic.length + (trace?.length ?? 0);
  return Buffer.byteLength(data ?? "") + beside + BYTES_BESIDE_TEXTS;
}
