// Who waits follows from rows, runs and limits: what an image need not say.
import type { PartitionState } from "../../state.ts";

/** For a state that was read, and nobody waits in yet. */
export function waitAgain({ flow, runs }: PartitionState): void {
  const { waiting } = flow;
  for (const line of flow.rows.lines()) waiting.lineChanged(line);
  for (const id of runs.having("asking")) {
    const { needs = [], asks = [] } = runs.peek(id)?.flow ?? {};
    const [first] = asks;
    if (first !== undefined) waiting.asked(id, needs, first, asks.length);
  }
  for (const [pool, { wants }] of flow.pools) {
    for (const [to, { number }] of wants) waiting.wanted({ kind: "lease", pool, to, number });
  }
  for (const [need, { recalled }] of flow.permits) waiting.review(need, recalled);
}
