// What is asked of the past is asked until it is answered.
import { expect, test } from "vitest";
import { PastQuestions } from "../../../engine/task/past-questions.ts";
import type { Message } from "../../../engine/workflow/decision.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { FakeClock, T0 } from "../../support/fake-clock.ts";

test("a few hundred at a time, every partition that has not answered, once in a few seconds (R15)", async () => {
  const clock = new FakeClock();
  const state = emptyState(0, 50);
  const told: (readonly Message[])[] = [];
  const questions = new PastQuestions({ state, clock, tell: (messages) => void told.push(messages) });
  clock.every(500, () => questions.tick());
  for (let n = 0; n < 10; n++) {
    evolve(state, { type: "ScanAsked", event: `e${n}`, path: "p", round: 1, since: 0, partitions: 50 }, T0);
    evolve(state, { type: "ScanAnswered", from: 0, event: `e${n}`, path: "p", round: 1 }, T0);
  }

  await clock.advance(4_000);
  expect(told.map(({ length }) => length)).toEqual([200, 200, 90]);
  expect(new Set(told.flat().map(({ to, body }) => `${to} ${body.type === "AskRescan" ? body.event : ""}`)).size).toBe(490);

  for (let from = 0; from < 50; from++) {
    for (let n = 0; n < 10; n++) evolve(state, { type: "ScanAnswered", from, event: `e${n}`, path: "p", round: 1 }, T0);
  }
  await clock.advance(20_000);
  expect(told).toHaveLength(3);
});
