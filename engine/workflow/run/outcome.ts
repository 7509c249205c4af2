// When a run's last outcome was recorded, and by which owner: what follows it may have begun since then, whoever says that it begins now.
import type { PartitionState, RunState } from "../state.ts";
import { NEVER } from "./suspicion.ts";

/** Part of evolving an outcome. Returns its place in their order. */
export function noteOutcome(state: PartitionState, run: RunState, time: number): number {
  run.outcomeAt = time;
  run.outcomeEpoch = state.owner?.epoch ?? NEVER;
  return run.outcomes++;
}

/**
 * When a step first began that says it began then. An earlier owner may have begun it, and ended without a word of it. And what a run does
 * first follows its trigger, however long the partition was without an owner: what came in between is not lost on the wait that follows.
 */
export function firstBegan(state: PartitionState, run: RunState, began: number): number {
  if (run.outcomes === 0) return Math.min(began, run.event.appendedAt);
  const isOfThisOwner = run.outcomeEpoch === (state.owner?.epoch ?? NEVER);
  return isOfThisOwner ? began : Math.min(began, run.outcomeAt);
}
