// An attempt of a step ended: the breaker takes note, and the slot goes to another run's step if one waits, or to nobody if there are too many.
import type { JournalRecord } from "../../records.ts";
import type { PartitionState, RunState } from "../../state.ts";
import { breakerNotes, isBreakerOpening } from "./breaker-room.ts";
import { passOn } from "./slots.ts";

const NOTHING: readonly JournalRecord[] = [];

export function afterAttempt(state: PartitionState, run: RunState, now: number, failed: boolean): readonly JournalRecord[] {
  if (run.flow === null) return NOTHING;
  const notes = breakerNotes(state, run, now, failed);
  const isOpening = notes.some((note) => isBreakerOpening(state, note, now));
  const passed = passOn(state, run, now, isOpening);
  return notes.length === 0 ? passed : [...notes, ...passed];
}
