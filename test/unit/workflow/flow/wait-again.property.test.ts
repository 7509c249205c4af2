// Who waits is in no image: it follows from what is.
import fc from "fast-check";
import { expect, test } from "vitest";
import { evolve } from "../../../../engine/workflow/evolve.ts";
import type { Waiter } from "../../../../engine/workflow/flow/lines/waiting.ts";
import { flowBody, flowKeys } from "../../../../engine/workflow/image/flow-cells.ts";
import { bodyWithSteps, bodyWithoutSteps, runKey, stepBody, stepCellKey } from "../../../../engine/workflow/image/run-cells.ts";
import { SMALL_CELLS } from "../../../../engine/workflow/image/small-cells.ts";
import { StateBuilder } from "../../../../engine/workflow/image/state-builder.ts";
import { emptyState, type PartitionState } from "../../../../engine/workflow/state.ts";
import { draft, FIRST, following } from "../../../support/arbitrary-history.ts";
import { rounds, untilMet } from "../../../support/rounds.ts";

const OF_FLOW = new Set([
  "RunsStarted",
  "RunQueued",
  "RunUnqueued",
  "SlotsAsked",
  "SlotsGiven",
  "PermitsLeased",
  "PermitsHeld",
  "RunCompleted",
]);

function readBack(state: PartitionState): PartitionState {
  const builder = new StateBuilder(state.partition, state.partitions);
  for (const [key, { write }] of Object.entries(SMALL_CELLS)) builder.put(key, write(state));
  for (const key of flowKeys(state.flow)) builder.put(key, flowBody(state.flow, key) ?? "");
  for (const run of state.runs.values()) {
    const whole = bodyWithSteps(run);
    builder.put(runKey(run.id), whole ?? bodyWithoutSteps(run));
    if (whole === null) [...run.steps].forEach(([key, step], place) => builder.put(stepCellKey(run.id, key), stepBody(place, key, step)));
  }
  return builder.finish().state;
}

/** All of them, which nobody has looked at yet. */
function takeWaiting({ flow: { waiting, pools, permits } }: PartitionState): unknown {
  const asking = [...pools.keys(), ...permits.keys()].map((need) => `${need}: ${waiting.asking(need)}`);
  const fresh: string[] = [];
  for (let next = waiting.takeFresh(); next !== undefined; next = waiting.takeFresh()) fresh.push(nameOf(next));
  return { asking: asking.toSorted(), fresh: fresh.toSorted() };
}

function nameOf(waiter: Waiter): string {
  if (waiter.kind === "ask") return JSON.stringify([waiter.line.needs, waiter.line.size, waiter.line.head]);
  if (waiter.kind === "lease") return JSON.stringify(waiter);
  return JSON.stringify(waiter.line.first(waiter.line.size));
}

test("a state that was read back has the same waiting as the one that was folded", async () => {
  let seen = 0;
  const ofFlow = draft.filter(({ record }) => OF_FLOW.has(record.type));
  await untilMet(
    () => ({ seen }),
    { seen: 200 },
    () =>
      fc.assert(
        fc.property(fc.array(ofFlow, { maxLength: 80, size: "max" }), (history) => {
          const state = emptyState(0, 3);
          for (const record of [FIRST, ...history.map((each) => following(state, each))]) if (record !== null) evolve(state, record, 1);
          const expected = takeWaiting(state);
          const restored = readBack(state);
          expect(restored.timers.size).toBeGreaterThanOrEqual([...state.flow.rows.startingBy()].length);
          expect(takeWaiting(restored)).toEqual(expected);
          seen += state.flow.rows.size;
        }),
        rounds(100),
      ),
  );
});
