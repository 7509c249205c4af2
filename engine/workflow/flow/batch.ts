// How much a batch holds.
import type { TriggerEvent } from "../records.ts";
import type { BatchSpec } from "./spec.ts";
import type { HeldEvents } from "./state.ts";

/** Together they fit into a frame, as an event of the largest size does (R15). */
export const MAX_BATCH_BYTES = 1024 * 1024;
/** What an event takes beside its texts: numbers, lengths. */
const BYTES_BESIDE_TEXTS = 64;

/** False: those that wait go on without it, and it begins the next batch. */
export function hasRoomFor({ events }: Pick<HeldEvents, "events">, next: TriggerEvent): boolean {
  return events.reduce((sum, event) => sum + bytesOf(event), bytesOf(next)) <= MAX_BATCH_BYTES;
}

/** With `next` in it nothing else is awaited. */
export function batchIsFull({ events }: Pick<HeldEvents, "events">, { maxSize }: BatchSpec, next: TriggerEvent): boolean {
  return events.length + 1 >= maxSize || !hasRoomFor({ events }, next);
}

/** About what it takes in a frame. */
function bytesOf({ id, name, data, key, topic }: TriggerEvent): number {
  return Buffer.byteLength(data) + Buffer.byteLength(id) + name.length + (key?.length ?? 0) + topic.length + BYTES_BESIDE_TEXTS;
}
