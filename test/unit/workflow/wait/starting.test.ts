// A run begins to wait: whom it tells, from when on events count, and which do not count again.
import { describe, expect, test } from "vitest";
import { partitionOfKey } from "../../../../engine/core/murmur2.ts";
import type { JournalRecord, RegisterWait } from "../../../../engine/workflow/records.ts";
import { SINCE_SLACK_MS } from "../../../../engine/workflow/wait/since.ts";
import type { StartWait } from "../../../../engine/workflow/wait/start.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, givenIn, type Given, type Outcome } from "../../../support/given.ts";
import {
  RUN,
  runsStarted,
  sleepEnded,
  sleepStarted,
  step,
  stepCompleted,
  stepFailed,
  triggerEvent,
  waitStarted,
} from "../../../support/records.ts";

const W = step("wait");

function startWait(over: Partial<StartWait> = {}): StartWait {
  return {
    type: "StartWait",
    run: RUN,
    step: W,
    event: "order/paid",
    path: "data.id",
    value: "n:1",
    condition: null,
    bindings: null,
    timeoutMs: 60_000,
    lookbackMs: 0,
    purpose: "step",
    replaces: false,
    resting: true,
    ...over,
  };
}

function registered(outcome: Outcome): RegisterWait {
  const [message] = outcome.messages;
  if (message?.body.type !== "RegisterWait") throw new Error("nobody is told of a wait");
  return message.body;
}

function sinceOf(state: Given, over: Partial<StartWait> = {}): number {
  return registered(state.when(startWait({ step: step("next"), ...over }), T0 + 100_000)).since - T0;
}

describe("a wait that begins", () => {
  test("is recorded by its run, and told to the partition that events keyed by its value come to", () => {
    const to = partitionOfKey(Buffer.from("1"), 8);
    const outcome = givenIn(2, 8, runsStarted()).when(startWait(), T0 + 5);
    const { interest: _, ...begun } = waitStarted({ to, deadline: T0 + 60_005 });
    expect(outcome.records).toMatchObject([begun]);
    expect(outcome.messages).toMatchObject([
      { to, body: { type: "RegisterWait", run: RUN, step: W, value: "n:1", deadline: T0 + 60_005 } },
    ]);
  });

  test("of no value is told to one partition for all waits of the event's name", () => {
    const tos = ["", ""].map((value) => givenIn(0, 8, runsStarted()).when(startWait({ path: "", value })).messages[0]?.to);
    expect(tos).toEqual([partitionOfKey(Buffer.from("order/paid"), 8), partitionOfKey(Buffer.from("order/paid"), 8)]);
  });

  test("without a time-out has no deadline", () => {
    expect(registered(given(runsStarted()).when(startWait({ timeoutMs: null }))).deadline).toBeNull();
  });

  test("began before, or its run is over: redelivery", () => {
    given(runsStarted(), waitStarted()).when(startWait()).thenIgnored("step is already decided");
    given().when(startWait()).thenIgnored("run is over");
  });

  test("leaves its run resting, where it does nothing else", () => {
    expect(given(runsStarted(), waitStarted()).run().resting).toBe(true);
    expect(given(runsStarted(), waitStarted({ resting: false })).run().resting).toBe(false);
  });
});

describe("events count", () => {
  const late = (record: JournalRecord, time = T0 + 9_000): Given => given(runsStarted({ event: { appendedAt: T0 } })).at(time, record);

  test("from the trigger on, at the start of a run", () => {
    expect(sinceOf(given(runsStarted({ event: { appendedAt: T0 - 500 } })))).toBe(-500);
  });

  test("from the first attempt of the step before it on, however long that took", () => {
    expect(sinceOf(late({ ...stepCompleted(), began: T0 + 300 } as JournalRecord))).toBe(300);
    expect(sinceOf(late({ ...stepFailed(), began: T0 + 400 } as JournalRecord))).toBe(400);
  });

  test("from the end of a sleep on, as it was meant, though its owner was late", () => {
    expect(sinceOf(late(sleepStarted("nap", T0 + 5_000)).at(T0 + 9_000, sleepEnded("nap")))).toBe(5_000);
  });

  test("from the end of a sleep on, but not from before the run, where it was to end in the past", () => {
    expect(sinceOf(late(sleepStarted("nap", 1)).at(T0 + 9_000, sleepEnded("nap")))).toBe(0);
  });

  test("from the event on that the wait before found", () => {
    const found = triggerEvent({ name: "order/paid", offset: 5, appendedAt: T0 + 700 });
    expect(sinceOf(late(waitStarted()).at(T0 + 9_000, { type: "WaitResolved", run: RUN, step: W, event: found }))).toBe(700);
  });

  test("from the deadline on that the wait before ran into, however late that was certain: what came since is not lost", () => {
    const expired = late(waitStarted({ deadline: T0 + 2_000 })).at(T0 + 50_000, { type: "WaitResolved", run: RUN, step: W, event: null });
    expect(sinceOf(expired)).toBe(2_000);
  });

  test("from now on, where another took the place of a wait for a signal long before its deadline", () => {
    const replaced = late(waitStarted({ event: "millrace/signal", deadline: T0 + 80_000 })).at(T0 + 9_000, {
      type: "WaitResolved",
      run: RUN,
      step: W,
      event: null,
    });
    expect(sinceOf(replaced)).toBe(9_000);
  });

  test("from further back, as asked", () => {
    expect(sinceOf(given(runsStarted()), { lookbackMs: 3_600_000 })).toBe(-3_600_000);
  });

  test("from the step on that the wait follows in its own branch, whatever other branches did since", () => {
    const state = given(runsStarted()).at(
      T0 + 9_000,
      { ...stepCompleted("a"), began: T0 + 100 } as JournalRecord,
      {
        ...stepCompleted("b"),
        began: T0 + 4_000,
      } as JournalRecord,
    );
    expect(sinceOf(state, { after: step("a") })).toBe(100);
    expect(sinceOf(state, { after: null })).toBe(0);
    expect(sinceOf(state)).toBe(4_000);
  });

  test("from the last outcome on, where an owner that died since may have begun the step before", () => {
    const state = given();
    state.state.owner = { epoch: 1, nonce: 1, worker: "a" };
    state.at(T0 + 50, runsStarted()).at(T0 + 100, stepCompleted("a"));
    state.state.owner = { epoch: 2, nonce: 2, worker: "b" };
    const complete = { type: "CompleteStep", run: RUN, step: step("b"), output: null, began: T0 + 30_000 } as const;
    expect(state.when(complete, T0 + 30_000).records).toMatchObject([{ began: T0 + 100 }]);
    state.at(T0 + 200, stepCompleted("a", "1"));
    expect(state.when(complete, T0 + 30_000).records).toMatchObject([{ began: T0 + 30_000 }]);
  });
});

describe("a loop of waits for the same", () => {
  /** Found in turn, each at that time. */
  function found(...times: readonly number[]): Given {
    const state = given(runsStarted());
    for (const [index, at] of times.entries()) {
      const place = { run: RUN, step: step("wait", index) };
      const begun = state.when(startWait({ step: place.step, ...afterOf(index) }), T0 + at);
      state.at(T0 + at, ...begun.records);
      const event = triggerEvent({ name: "order/paid", data: '{"id":1}', offset: 100 + index, appendedAt: T0 + at });
      state.at(T0 + at, { type: "WaitResolved", ...place, event });
    }
    return state;
  }

  const afterOf = (index: number) => (index === 0 ? {} : { after: step("wait", index - 1) });

  test("sees each event once: what it found is excluded, and so is what began the run", () => {
    const { excluded } = registered(found(10, 20).when(startWait({ step: step("wait", 2), ...afterOf(2) })));
    expect(excluded).toEqual(["app.events/0/0", "app.events/0/100", "app.events/0/101"]);
  });

  test("goes on where the first wait began, since an earlier event may come late, from a partition that was behind", () => {
    const next = registered(found(10_000, 20_000).when(startWait({ step: step("wait", 2), ...afterOf(2) })));
    expect([next.since, next.knownSince]).toEqual([T0, T0 + 20_000]);
  });

  test("is one only where the same is compared", () => {
    for (const over of [{ value: "n:2" }, { path: "data.other" }, { condition: "async.data.x > 1" }, { event: "order/shipped" }]) {
      expect(registered(found(10_000, 20_000).when(startWait({ step: step("wait", 2), ...afterOf(2), ...over }))).since).toBe(T0 + 20_000);
    }
  });

  test("never goes back: an event from before its beginning, let in for the clocks' sake, moves nothing", () => {
    const state = found(10_000);
    const place = { run: RUN, step: step("wait", 1) };
    state.at(T0 + 20_000, waitStarted({ ...place, since: T0 + 10_000 }));
    const early = triggerEvent({ name: "order/paid", offset: 7, appendedAt: T0 + 10_000 - SINCE_SLACK_MS });
    state.at(T0 + 20_000, { type: "WaitResolved", ...place, event: early });
    expect(sinceOf(state, { after: place.step })).toBe(10_000);
  });

  test("names 200 events at the most for the sake of those that come late, and never sees one of the others again (R16)", () => {
    const times = Array.from({ length: 300 }, (_, index) => 10_000 * (index + 1));
    const next = registered(found(...times).when(startWait({ step: step("wait", 300), ...afterOf(300) })));
    expect(next.excluded).toHaveLength(1 + 200);
    expect(next.since - SINCE_SLACK_MS).toBeGreaterThan(T0 + 10_000 * 100);
    expect(next.since - SINCE_SLACK_MS).toBeLessThan(T0 + 10_000 * 101);
  });
});
