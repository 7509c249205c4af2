// What folded state wants to be looked at, and when: all of it, from the runs themselves.
import type { PartitionState } from "../state.ts";
import type { Timer } from "./timer-heap.ts";

export function* timersOf(state: PartitionState): Iterable<Timer> {
  for (const run of state.runs.values()) {
    if (run.status.status === "backing-off") yield { at: run.status.retryAt, run: run.id, step: null };
    for (const [step, outcome] of run.steps) {
      if (outcome.status === "sleeping") yield { at: outcome.wakeAt, run: run.id, step };
      else if (outcome.status === "retrying") yield { at: outcome.retryAt, run: run.id, step };
    }
  }
}
