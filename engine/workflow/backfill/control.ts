// People stop a backfill for a time, let it go on, or cancel it. Runs that it started go on.
import { decided, ignored, type Decision } from "../decision.ts";
import type { BackfillChanged, ControlBackfill } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { ended } from "./end.ts";
import { isOver, type BackfillsKept } from "./state.ts";

export function decideControlBackfill(state: PartitionState, { id, action }: ControlBackfill): Decision {
  const backfill = state.backfills.get(id);
  if (backfill === undefined || isOver(backfill)) return ignored("there is none, or it is over");
  if (action === "cancel") return decided(ended(id, "cancelled", null));
  const isPaused = backfill.status === "paused";
  if (action === "pause") return isPaused ? ignored("it is paused") : decided({ type: "BackfillChanged", id, paused: true });
  return isPaused ? decided({ type: "BackfillChanged", id, paused: false }) : ignored("it is not paused");
}

export function evolveBackfillChanged({ backfills }: BackfillsKept, { id, paused }: BackfillChanged): void {
  const backfill = backfills.get(id);
  if (backfill !== undefined && !isOver(backfill)) backfills.set(id, { ...backfill, status: paused ? "paused" : "running" });
}
