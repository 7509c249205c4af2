// Who waits follows from rows and runs: what an image need not say.
import type { PartitionState } from "../state.ts";

/** For a state that was read, and nobody waits in yet. */
export function waitAgain({ flow, runs }: PartitionState): void {
  for (const line of flow.rows.lines()) flow.waiting.lineChanged(line);
  for (const id of runs.having("asking")) {
    const { needs = [], asks = [] } = runs.peek(id)?.flow ?? {};
    const [first] = asks;
    if (first !== undefined) flow.waiting.asked(id, needs, first, asks.length);
  }
}
