// A run that repeats another: what it takes over, what it sends, and that an operation has it once.
import { describe, expect, test } from "vitest";
import { deriveRunId } from "../../../../engine/core/ids.ts";
import { evolve } from "../../../../engine/workflow/evolve.ts";
import type { JournalRecord, RerunRun } from "../../../../engine/workflow/records.ts";
import { sentDigest } from "../../../../engine/workflow/run/rerun-state.ts";
import type { EventToOwe } from "../../../../engine/workflow/step/send-events.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, type Given } from "../../../support/given.ts";
import { BOOM, manifest, RUN, runId, step, triggerEvent } from "../../../support/records.ts";

const AGAIN = runId("again");
const event = triggerEvent({ data: '{"k":"a"}' });

function rerunRun(over: Partial<RerunRun> = {}): RerunRun {
  return {
    type: "RerunRun",
    run: AGAIN,
    original: RUN,
    operation: "op",
    functionId: "f",
    events: [event],
    steps: "[]",
    emit: "changed",
    emitted: "{}",
    waits: "{}",
    cancels: null,
    ...over,
  };
}

function active(flow = {}): Given {
  return given(manifest({ functions: [{ id: "f", triggers: ["order/created"], onFailure: false, ...flow }] }));
}

function told(partition: Given, command: RerunRun): readonly JournalRecord[] {
  const { records } = partition.whenTold(command, { from: -1 });
  for (const record of records) evolve(partition.state, record, T0);
  return records;
}

describe("the command", () => {
  test("starts a run with the original's event, and takes over what is given, in that order", () => {
    const partition = active();
    const steps = [
      [step("b"), { status: "completed", output: "2", mark: 5 }],
      [step("a"), { status: "failed", attempt: 3, error: BOOM }],
      [step("loser"), { status: "cancelled" }],
      [step("nap"), { status: "slept", mark: 7 }],
    ];
    const records = told(partition, rerunRun({ steps: JSON.stringify(steps) }));
    expect(records.map(({ type }) => type)).toEqual([
      "RunsStarted",
      "RerunStarted",
      "StepAdopted",
      "StepAdopted",
      "StepAdopted",
      "StepAdopted",
      "CellSet",
    ]);
    const run = partition.run(AGAIN);
    expect(run.event).toEqual(event);
    expect(run.rerun).toEqual({ original: RUN, operation: "op", emit: "changed", emitted: {}, waits: {} });
    expect([...run.steps]).toEqual([
      [step("b"), { status: "completed", output: "2", mark: 5, order: 0 }],
      [step("a"), { status: "failed", attempt: 3, error: BOOM, order: 1 }],
      [step("loser"), { status: "cancelled" }],
      [step("nap"), { status: "slept", mark: 7, order: 2 }],
    ]);
    // From when on events count for its next wait.
    expect(run.mark).toBe(7);
  });

  test("given again, while the run goes on and after, starts no second one", () => {
    const partition = active();
    told(partition, rerunRun());
    partition.whenTold(rerunRun(), { from: -1 }).thenIgnored("this operation repeats it already");
    partition.and({ type: "RunCompleted", run: AGAIN, output: null });
    partition.whenTold(rerunRun(), { from: -1 }).thenIgnored("this operation repeats it already");
    const other = rerunRun({ run: runId("another"), operation: "another" });
    expect(told(partition, other)[0]?.type).toBe("RunsStarted");
  });

  test("begins without a slot of its limits, and asks for one like a run that wakes", () => {
    const partition = active({ flow: { concurrency: [{ limit: 1, scope: "fn", key: "event.data.k" }] } });
    told(partition, rerunRun());
    expect(partition.run(AGAIN).flow).toMatchObject({ slots: 0, asks: [], needs: [expect.stringMatching(/^fn\/f\/0\//) as string] });
    partition.when({ type: "AskFirstSlot", run: AGAIN }).thenTypes("SlotsAsked");
  });

  test("has its time from now on, and nothing cancels it that would have cancelled the original", () => {
    const partition = active({ timeouts: { startMs: 10, finishMs: 1_000 }, cancelOn: [{ event: "stop" }] });
    const { records, messages } = partition.whenTold(rerunRun(), { from: -1, now: T0 + 5_000 });
    expect(records[0]).toMatchObject({ runs: [{ startBy: null, finishBy: T0 + 6_000, cancels: [] }] });
    expect(messages).toEqual([]);
  });

  test("cancels what is not over where it is no further than it was, and else does nothing", () => {
    const partition = active().and({ type: "RunsStarted", event, runs: [{ ...startedPlain, id: RUN }], batch: [] });
    const cancels = { run: RUN, outcomes: 0 };
    expect(partition.whenTold(rerunRun({ cancels }), { from: -1 }).records.slice(0, 3)).toMatchObject([
      { type: "RunCancelled", run: RUN, reason: "repeated by operation op" },
      { type: "EmissionOwed", target: "events" },
      { type: "RunsStarted" },
    ]);
    partition.and({ type: "StepCompleted", run: RUN, step: step("a"), output: "1", began: T0 });
    const goneOn = { type: "RunSkipped", run: AGAIN, gate: "rerun", reason: expect.stringContaining("has gone on") as string };
    expect(partition.whenTold(rerunRun({ cancels }), { from: -1 }).records).toMatchObject([goneOn]);
    partition.and({ type: "RunCompleted", run: RUN, output: null });
    expect(partition.whenTold(rerunRun({ cancels }), { from: -1 }).records).toMatchObject([goneOn]);
  });

  test("of a function that the deployed code has not is refused, and it is in the journal why", () => {
    const [record] = active().whenTold(rerunRun({ functionId: "gone" }), { from: -1 }).records;
    expect(record).toMatchObject({
      type: "RunSkipped",
      run: AGAIN,
      gate: "rerun",
      reason: expect.stringContaining('no function "gone"') as string,
    });
  });

  test.each([
    ["steps that are no JSON", { steps: "{" }],
    ["steps that are no list", { steps: "{}" }],
    ["a step without an outcome", { steps: JSON.stringify([[step("a"), { status: "sleeping", wakeAt: 1 }]]) }],
    ["a step that is none", { steps: JSON.stringify([[null, null]]) }],
    ["what was sent being no JSON", { emitted: "nothing" }],
    ["what was sent being null", { emitted: "null" }],
    ["an odd choice of what is sent", { emit: "some" }],
    ["what was sent being a list", { emitted: "[]" }],
    ["what was sent having no id", { emitted: JSON.stringify({ a: [{ id: 5, name: "n", key: null, digest: "" }] }) }],
    ["a result that is no text", { steps: JSON.stringify([[step("a"), { status: "completed", output: 5 }]]) }],
    ["a failure without an error", { steps: JSON.stringify([[step("a"), { status: "failed", attempt: 0 }]]) }],
    [
      "a wait that came to half an event",
      { steps: JSON.stringify([[step("a"), { status: "resolved", event: { id: "e" }, interest: 0, since: 0 }]]) },
    ],
    ["a time that is none", { steps: JSON.stringify([[step("a"), { status: "slept", mark: "now" }]]) }],
    [
      "a step that is there twice",
      {
        steps: JSON.stringify([
          [step("a"), { status: "slept" }],
          [step("a"), { status: "slept" }],
        ]),
      },
    ],
    ["waits from no time", { waits: JSON.stringify({ a: null }) }],
    ["no event", { events: [] }],
  ] satisfies [string, Partial<RerunRun>][])("with %s is nobody's of ours, and passed over", (_, over) => {
    active().whenTold(rerunRun(over), { from: -1 }).thenIgnored("it is no command of ours");
  });
});

describe("events of a run that repeats another", () => {
  const was: EventToOwe = { name: "paid", data: '{"sum":1}', key: "k", id: null, time: null };
  const now: EventToOwe = { ...was, data: '{"sum":2}' };
  const emitted = JSON.stringify({
    [step("tell")]: [{ id: "first", name: "paid", key: "k", digest: sentDigest("paid", "k", Buffer.from(was.data), "json") }],
  });

  function sent(emit: string, events: readonly EventToOwe[]): readonly (readonly [id: string, corrects: string | null])[] {
    const partition = active();
    told(partition, rerunRun({ emit, emitted }));
    const { records } = partition.when({ type: "SendEvents", run: AGAIN, step: step("tell"), events, began: T0 });
    const { ids } = JSON.parse(records[0]?.type === "StepCompleted" ? (records[0].output ?? "") : "") as { ids: string[] };
    expect(ids).toHaveLength(events.length);
    return records.flatMap((record) =>
      record.type === "EmissionOwed"
        ? [[record.headers["ce_id"]?.toString() ?? "", record.headers["ce_corrects"]?.toString() ?? null] as const]
        : [],
    );
  }

  test("are sent where they differ, and name what they correct; equal ones are not, and what is new is", () => {
    expect(sent("changed", [was])).toEqual([]);
    expect(sent("changed", [now])).toEqual([[`${AGAIN}/tell#0/0`, "first"]]);
    expect(sent("changed", [was, now])).toEqual([[`${AGAIN}/tell#0/1`, null]]);
  });

  test("are all sent, or none, where that was asked for", () => {
    expect(sent("all", [was, now])).toEqual([
      [`${AGAIN}/tell#0/0`, "first"],
      [`${AGAIN}/tell#0/1`, null],
    ]);
    expect(sent("none", [now, now])).toEqual([]);
  });

  test("that correct others have ids that nothing had before, since by those they would pass for second copies", () => {
    for (const id of ["first", "mine"]) expect(sent("changed", [{ ...now, id }])).toEqual([[`${AGAIN}/tell#0/0`, "first"]]);
    // What corrects nothing has the id that its code gives it.
    expect(sent("changed", [was, { ...now, id: "mine" }])).toEqual([["mine", null]]);
  });

  test("of a run that repeats none are sent as ever", () => {
    const id = deriveRunId(T0, 0, "f", "plain");
    const partition = active().and({ type: "RunsStarted", event, runs: [{ ...startedPlain, id }], batch: [] });
    partition
      .when({ type: "SendEvents", run: id, step: step("tell"), events: [was], began: T0 })
      .thenTypes("StepCompleted", "EmissionOwed");
  });
});

const startedPlain = { functionId: "f", parent: null, startBy: null, finishBy: null, cancels: [], needs: [], singleton: null };
