// What a history does not have: entries of the journal that were deleted, or cannot be read.
import type { DatabaseSync } from "node:sqlite";

export interface Gap {
  readonly partition: number;
  /** Of the first entry behind it; or of the entry itself. */
  readonly offset: number;
  readonly code: string;
  readonly reason: string;
}

export function gapsOf(db: DatabaseSync): readonly Gap[] {
  const gaps = db.prepare("SELECT partition, offset, code, reason FROM gap ORDER BY partition, offset").all();
  return gaps as unknown as Gap[];
}
