// Suspects of a consumer on their way through the lane: each is called once that stands in the journal, however late the log answers.
import { expect, test } from "vitest";
import { SuspectHandlings } from "../../../engine/task/consumer/suspect-handlings.ts";
import { Lane, PATIENCE_MS } from "../../../engine/task/lane.ts";
import type { OwedHandling } from "../../../engine/workflow/consumer/state.ts";
import type { Input } from "../../../engine/workflow/decide.ts";
import { LONE_SUSPICION } from "../../../engine/workflow/run/suspicion.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { FakeClock, turns } from "../../support/fake-clock.ts";
import { triggerEvent } from "../../support/records.ts";

function suspect(number: number, deaths: number): OwedHandling {
  const suspicion = { deaths, lanes: 0, alone: false, exposed: -1 };
  return { number, key: `k${number}`, event: triggerEvent(), state: [], attempt: 0, retryAt: null, suspicion };
}

function bench(...owed: readonly OwedHandling[]) {
  const clock = new FakeClock();
  const lane = new Lane();
  const state = emptyState(0, 1);
  for (const one of owed) state.consumer.owed.set(one.number, one);
  const asked: Input[] = [];
  const called: string[] = [];
  const suspects = new SuspectHandlings({
    state,
    lane,
    clock,
    submit: (input) => void asked.push(input),
    mayCall: () => true,
    again: () => {},
    call: (number, isAlone) => {
      called.push(`${number}${isAlone ? " alone" : ""}`);
      suspects.called(number);
    },
  });
  const letIn = lane.holdBack();
  for (const one of owed) suspects.add(one);
  letIn();
  return { clock, lane, asked, called, suspects };
}

test("those of one group are said in one record, and called when it stands in the journal", async () => {
  const { asked, called, suspects } = bench(suspect(0, 2), suspect(1, 2));
  await turns(1);
  expect(asked).toMatchObject([{ type: "TryHandlings", numbers: [0, 1], alone: false }]);
  expect(called).toEqual([]);
  suspects.tried({ type: "HandlingsTried", numbers: [0, 1], alone: false });
  expect(called).toEqual(["0", "1"]);
});

test.each([2, LONE_SUSPICION])(
  "where the log answers late, a suspect of %i deaths lets others go first, and is called nonetheless, once",
  async (deaths) => {
    const { clock, lane, asked, called, suspects } = bench(suspect(0, deaths));
    await turns(1);
    await clock.advance(3 * PATIENCE_MS);
    expect(lane.isQuiet).toBe(false);
    const isAlone = deaths === LONE_SUSPICION;
    suspects.tried({ type: "HandlingsTried", numbers: [0], alone: isAlone });
    suspects.tried({ type: "HandlingsTried", numbers: [0], alone: false });
    expect(called).toEqual([isAlone ? "0 alone" : "0"]);
    expect(asked.length).toBe(isAlone ? 2 : 1);
  },
);

test("one that is called alone keeps all others of the process from beginning, until it is over", async () => {
  const { lane, called, suspects } = bench(suspect(0, LONE_SUSPICION), suspect(1, LONE_SUSPICION));
  await turns(1);
  expect(lane.isQuiet).toBe(true);
  suspects.tried({ type: "HandlingsTried", numbers: [0], alone: true });
  suspects.over(0);
  suspects.tried({ type: "HandlingsTried", numbers: [1], alone: true });
  expect(called).toEqual(["0 alone", "1 alone"]);
  suspects.over(1);
  expect(lane.isQuiet).toBe(false);
});
