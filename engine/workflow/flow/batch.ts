// How much a batch holds.
import type { MessageEvent, TriggerEvent } from "../records.ts";
import type { BatchSpec } from "./spec.ts";
import type { HeldEvents } from "./state.ts";

/** Together they fit into a frame, as an event of the largest size does (R15). */
export const MAX_BATCH_BYTES = 1024 * 1024;
/** What an event takes beside its texts: numbers, lengths, what is not ASCII in its names. */
const BYTES_BESIDE_TEXTS = 64;

type Batch = Pick<HeldEvents, "events">;

/** False: those that wait go on without it, and it begins the next batch. */
export function hasRoomFor(batch: Batch, next: TriggerEvent): boolean {
  return bytesOf(batch) + bytesOfEvent(next) <= MAX_BATCH_BYTES;
}

/** With `next` in it nothing else is awaited: it has its size, or another like `next` would find no room. */
export function batchIsFull(batch: Batch, { maxSize }: BatchSpec, next: TriggerEvent): boolean {
  return batch.events.length + 1 >= maxSize || bytesOf(batch) + 2 * bytesOfEvent(next) > MAX_BATCH_BYTES;
}

function bytesOf({ events }: Batch): number {
  return events.reduce((sum, event) => sum + bytesOfEvent(event), 0);
}

/** About what it takes in a frame. */
export function bytesOfEvent({ id, name, data, key, topic }: MessageEvent): number {
  return Buffer.byteLength(data ?? "") + id.length + name.length + (key?.length ?? 0) + topic.length + BYTES_BESIDE_TEXTS;
}
