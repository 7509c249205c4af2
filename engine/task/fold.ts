// Folds entries of the journal into state (R1, R3, R5): what counts is decided here, the same for restore, gap and rebuild.
import { decodeEntry } from "../journal/entry.ts";
import { JournalError } from "../journal/errors.ts";
import type { Frame } from "../../schemas/journal/generated.ts";
import { evolve } from "../workflow/evolve.ts";
import { evolveClaim, isOwner } from "../workflow/ownership/claim.ts";
import { evolveInputRead } from "../workflow/source/source.ts";
import type { PartitionState } from "../workflow/state.ts";

export type Folded =
  | { readonly kind: "claim"; readonly counts: boolean }
  | { readonly kind: "frame"; readonly records: number }
  /** An old owner's frame, a duplicate, or a knock. */
  | { readonly kind: "passed-over" };

const PASSED_OVER: Folded = { kind: "passed-over" };

/** @throws JournalError when the entry cannot be read, or does not follow the one before. The state is then as before the entry. */
export function foldEntry(state: PartitionState, offset: number, value: Buffer | null): Folded {
  const entry = entryThatCounts(state, offset, value);
  if (entry === null) return PASSED_OVER;
  if (entry.kind === "claim") return entry;
  foldFrame(state, entry.frame);
  return { kind: "frame", records: entry.frame.records.length };
}

export type CountedEntry = { readonly kind: "claim"; readonly counts: boolean } | { readonly kind: "frame"; readonly frame: Frame };

/**
 * Of an entry: a claim, which is folded, or a frame of the owner in force, whose records are not. Null for what the fold passes over.
 * @throws JournalError
 */
export function entryThatCounts(state: PartitionState, offset: number, value: Buffer | null): CountedEntry | null {
  const entry = readEntry(state.partition, offset, value);
  if (entry.kind === "claim") return { kind: "claim", counts: evolveClaim(state, entry.claim, offset) };
  if (entry.kind === "knock") return null;
  const { frame } = entry;
  if (!isOwner(state, frame) || frame.lsn <= state.lsn) return null;
  if (frame.lsn > state.lsn + 1) {
    throw new JournalError(
      "JOURNAL_GAP",
      `journal partition ${state.partition}, offset ${offset}: frame ${frame.lsn} follows frame ${state.lsn}. Frames between them are missing from the log; restore the topic from a backup`,
    );
  }
  return entry;
}

export function foldFrame(state: PartitionState, frame: Frame): void {
  state.lsn = frame.lsn;
  state.time = frame.time;
  for (const record of frame.records) evolve(state, record, frame.time);
  for (const input of frame.inputs) evolveInputRead(state, input, frame.time);
}

/** @throws JournalError that says where it stands */
export function readEntry(partition: number, offset: number, value: Buffer | null): ReturnType<typeof decodeEntry> {
  try {
    return decodeEntry(value);
  } catch (cause) {
    if (!(cause instanceof JournalError)) throw cause;
    const message = `journal partition ${partition}, offset ${offset}: ${cause.message}. The partition stops here; nothing after this entry was decided from it`;
    throw new JournalError(cause.code, message, { cause });
  }
}
