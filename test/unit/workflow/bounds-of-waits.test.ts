// What a wait may take along, name and look back to (R15, R16).
import { expect, test } from "vitest";
import { decide } from "../../../engine/workflow/decide.ts";
import { MAX_BINDINGS } from "../../../engine/workflow/expression/match.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { TOO_LARGE } from "../../../engine/workflow/wait/cancel-on.ts";
import { sinceOf, SINCE_SLACK_MS } from "../../../engine/workflow/wait/since.ts";
import { must } from "../../../engine/core/errors.ts";
import { T0 } from "../../support/fake-clock.ts";
import { given } from "../../support/given.ts";
import { manifest, RUN, runsStarted, step, triggerEvent } from "../../support/records.ts";

const WANTED = { event: "order/paid", path: "", value: "", condition: null, bindings: null };

test("R15: a run is not watched for a cancellation whose condition takes along more of the trigger than may be told, and its record says so", () => {
  const cancelOn = [{ event: "order/cancelled", if: "event.data.items.exists(i, i == async.data.item)" }];
  const items = Array.from({ length: MAX_BINDINGS }, () => "x");
  const { started, messages } = startedBy(JSON.stringify({ items }));
  expect(started).toMatchObject({ runs: [{ cancels: [TOO_LARGE] }] });
  expect(messages).toEqual([]);
  expect(startedBy(JSON.stringify({ items: ["x"] })).messages).toHaveLength(1);

  function startedBy(data: string) {
    const outcome = given(manifest({ functions: [{ id: "f", cancelOn }] })).whenEvent({ data });
    return { started: outcome.records.find(({ type }) => type === "RunsStarted"), messages: outcome.messages };
  }
});

test("what a run does first follows its trigger, however late the partition came to it", () => {
  const { state } = given(manifest(), runsStarted({ event: { appendedAt: T0 - 60_000 } }));
  const first = decide(state, { type: "CompleteStep", run: RUN, step: step("a"), output: null, began: T0 }, T0);
  expect(first).toMatchObject({ records: [{ type: "StepCompleted", began: T0 - 60_000 }] });
});

test("R16: a wait with a look back names no more events than 200, and looks back no further than they reach", () => {
  const seen = Array.from({ length: 500 }, (_, index): JournalRecord => {
    const event = triggerEvent({ name: "order/paid", offset: index, appendedAt: T0 + 10_000 * index });
    return { type: "WaitResolved", run: RUN, step: step("w", index), event };
  });
  const run = must(given(manifest(), runsStarted(), ...seen).state.runs.get(RUN), "the run");
  const { since, excluded } = sinceOf(run, { ...WANTED, lookbackMs: 1e12 });
  expect(since).toBe(T0 + 10_000 * 299 + SINCE_SLACK_MS + 1);
  expect(excluded).toHaveLength(201);
});
