// A run invokes another, in a partition of its own: its result comes back once, and it is cancelled with its parent.
import { describe, expect, test } from "vitest";
import { deriveRunId, partitionOfRun } from "../../../../engine/core/ids.ts";
import { partitionOfKey } from "../../../../engine/core/murmur2.ts";
import { FUNCTION_INVOKED, type InvokeChild } from "../../../../engine/workflow/child/invoke.ts";
import type { ChildInvoked, JournalRecord, StartChild } from "../../../../engine/workflow/records.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, givenIn, type Given } from "../../../support/given.ts";
import { BOOM, manifest, RUN, runsStarted, step, stepCompleted, triggerEvent } from "../../../support/records.ts";

const P = 8;
const S = step("invoke");
const TO = partitionOfKey(Buffer.from(`${RUN}/${S}`), P);
const CHILD = deriveRunId(T0, TO, "g", `${RUN}/${S}`);
const FUNCTIONS = manifest({ functions: [{ id: "f" }, { id: "g", triggers: [] }] });

function invoke(over: Partial<InvokeChild> = {}): InvokeChild {
  const place = { run: RUN, step: S };
  return { type: "InvokeChild", ...place, functionId: "g", data: '{"n":1}', timeoutMs: 60_000, detached: false, resting: true, ...over };
}

function invoked(over: Partial<ChildInvoked> = {}): ChildInvoked {
  const place = { run: RUN, step: S };
  return { type: "ChildInvoked", ...place, child: CHILD, functionId: "g", deadline: T0 + 60_000, detached: false, resting: true, ...over };
}

const parent = (...records: readonly JournalRecord[]): Given => givenIn(0, P, FUNCTIONS, runsStarted(), ...records);
const ended = { type: "ChildEnded", run: RUN, step: S, child: CHILD, output: '"done"', error: null } as const;
const cancelledSince = (why: string) =>
  ({ to: TO, body: { type: "CancelRun", run: CHILD, reason: `run ${RUN}, which invoked it, ${why}` } }) as const;
const cancelled = cancelledSince("is over");
const failedWith = (error: object): object => ({ type: "StepFailed", run: RUN, step: S, attempt: 0, retryAt: null, began: T0, error });

describe("a run that invokes a function", () => {
  test("records its child, whose id and place follow from the step, and tells that partition to start it (R10)", () => {
    const outcome = parent().when(invoke());
    expect(outcome.records).toEqual([invoked()]);
    expect(partitionOfRun(CHILD)).toBe(TO);
    expect(outcome.messages).toMatchObject([
      {
        to: TO,
        body: { type: "StartChild", child: CHILD, functionId: "g", run: RUN, step: S, event: { name: FUNCTION_INVOKED, data: '{"n":1}' } },
      },
    ]);
  });

  test("that the app does not have fails at once", () => {
    expect(parent().when(invoke({ functionId: "h" })).records).toMatchObject([failedWith({ name: "FunctionUnknownError" })]);
  });

  test("again, or after its end: redelivery", () => {
    parent(invoked()).when(invoke()).thenIgnored("step is already decided");
    given().when(invoke()).thenIgnored("run is over");
  });
});

describe("a child", () => {
  const start: StartChild = {
    type: "StartChild",
    child: CHILD,
    functionId: "g",
    event: triggerEvent({ id: CHILD, name: FUNCTION_INVOKED, topic: "", offset: -1, appendedAt: T0 + 10 }),
    run: RUN,
    step: S,
  };

  test("starts where it lives, once, and knows its parent", () => {
    const [started] = givenIn(TO, P, FUNCTIONS).whenTold(start, { now: T0 + 20 }).records;
    expect(started).toMatchObject({ type: "RunsStarted", runs: [{ id: CHILD, functionId: "g", parent: { run: RUN, step: S } }] });
    const state = givenIn(TO, P, ...(started === undefined ? [] : [started]));
    state.whenTold(start).thenIgnored("the child is there already");
  });

  test("waits for what came since it was invoked, though the clock of its partition is behind", () => {
    const appendedAt = (now: number): unknown => givenIn(TO, P, FUNCTIONS).whenTold(start, { now }).records[0];
    expect(appendedAt(T0 + 20)).toMatchObject({ event: { appendedAt: T0 + 10 } });
    expect(appendedAt(T0 + 5)).toMatchObject({ event: { appendedAt: T0 + 5 } });
  });

  test("waits where its function is not known yet", () => {
    givenIn(TO, P).whenTold(start).thenTypes("RunQueued");
  });

  const child = (): Given => {
    const [started] = givenIn(TO, P, FUNCTIONS).whenTold(start).records;
    return givenIn(TO, P, FUNCTIONS, ...(started === undefined ? [] : [started]));
  };
  const toParent = (over: object): object => ({ to: 0, body: { ...ended, output: null, ...over } });

  test("that completes tells its parent the result", () => {
    expect(child().when({ type: "CompleteRun", run: CHILD, output: '"done"' }).messages).toEqual([toParent({ output: '"done"' })]);
  });

  test("that fails tells its parent the error", () => {
    const fail = { type: "FailRunAttempt", run: CHILD, attempt: 0, error: BOOM, wish: { kind: "never" }, retries: 0, random: 0 } as const;
    expect(child().when(fail).messages).toEqual([toParent({ error: BOOM })]);
  });

  test("that is cancelled tells its parent", () => {
    const { messages } = child().whenTold({ type: "CancelRun", run: CHILD, reason: "enough" });
    expect(messages).toEqual([toParent({ error: { name: "CancelledError", message: "enough", stack: null } })]);
  });
});

describe("the end of a child", () => {
  test("is the outcome of the step that invoked it", () => {
    parent(invoked()).whenTold(ended).then({ type: "StepCompleted", run: RUN, step: S, output: '"done"', began: T0 });
    expect(parent(invoked()).whenTold({ ...ended, output: null, error: BOOM }).records).toEqual([failedWith(BOOM)]);
  });

  test("counts once, and not where nobody waits for it any more", () => {
    const ignored = "the parent does not wait for it any more";
    parent(invoked(), stepCompleted("invoke")).whenTold(ended).thenIgnored(ignored);
    parent(invoked({ child: deriveRunId(T0, 1, "g", "another") }))
      .whenTold(ended)
      .thenIgnored(ignored);
    givenIn(0, P).whenTold(ended).thenIgnored(ignored);
  });

  test("too late: at its deadline the step fails, and the child is cancelled, unless it is detached", () => {
    const expire = { type: "ExpireChild", run: RUN, step: S } as const;
    const late = parent(invoked()).when(expire, T0 + 60_000);
    expect(late.records).toMatchObject([failedWith({ name: "TimeoutError" })]);
    expect(late.messages).toEqual([cancelledSince("waits for it no longer: its time was up")]);
    expect(parent(invoked({ detached: true })).when(expire, T0 + 60_000).messages).toEqual([]);
    parent(invoked())
      .when(expire, T0 + 59_999)
      .thenIgnored("too early");
    parent(invoked(), stepCompleted("invoke"))
      .when(expire, T0 + 60_000)
      .thenIgnored("the step does not wait for a child");
    expect(parent(invoked()).state.timers.takeDue(T0 + 60_000)).toEqual({ kind: "step", at: T0 + 60_000, run: RUN, step: S });
  });
});

describe("a parent", () => {
  const cancel = { type: "CancelRun", run: RUN, reason: "enough" } as const;

  test("that is cancelled or fails takes its child with it, unless that is detached", () => {
    expect(parent(invoked()).whenTold(cancel).messages).toEqual([cancelled]);
    expect(parent(invoked({ detached: true })).whenTold(cancel).messages).toEqual([]);
    expect(parent(invoked(), stepCompleted("invoke")).whenTold(cancel).messages).toEqual([]);
  });

  test("that completes without awaiting its child lets it go on", () => {
    expect(parent(invoked()).when({ type: "CompleteRun", run: RUN, output: null }).messages).toEqual([]);
  });

  test("whose branch with the child loses a race cancels it", () => {
    const race = { type: "CancelSteps", run: RUN, steps: [S] } as const;
    parent(invoked())
      .when(race)
      .thenTold([{ type: "StepsCancelled", run: RUN, steps: [S] }], [cancelledSince("waits for it no longer: another branch was first")]);
    expect(parent(invoked({ detached: true })).when(race).messages).toEqual([]);
  });
});
