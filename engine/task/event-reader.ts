// How a task reads a record of a source: as a CloudEvent, or as whoever made the app says (PORT).
import type { StoredRecord } from "../log/log.ts";
import type { ReadResult } from "../workflow/event/cloud-event.ts";

export interface EventReader {
  /**
   * Null: the record is no event, such as a tombstone, and is passed over. A promise: it cannot be read yet; ask again when it resolves. It never
   * rejects, and who asks keeps the order: what stands behind the record in its partition waits with it. What cannot be an event, ever, is a
   * `ReadResult` that says why. Never throws.
   */
  read(topic: string, record: StoredRecord, partition: number): ReadResult | null | Promise<void>;
  /** Why a record of this source partition cannot be read now, for people. Null: nothing is in the way, or nobody has looked yet. */
  obstacle?(topic: string, partition: number): Obstacle | null;
}

export interface Obstacle {
  readonly code: string;
  readonly reason: string;
}
