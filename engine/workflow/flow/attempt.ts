// An attempt of a step ended: the breaker takes note, and the slot goes to another run's step if one waits.
import type { JournalRecord } from "../records.ts";
import type { PartitionState, RunState } from "../state.ts";
import { breakerNotes } from "./breaker-room.ts";
import { passOn } from "./slots.ts";

export function afterAttempt(state: PartitionState, run: RunState, now: number, failed: boolean): readonly JournalRecord[] {
  const notes = breakerNotes(state, run, now, failed);
  const passed = passOn(state, run);
  return notes.length === 0 ? passed : [...notes, ...passed];
}
