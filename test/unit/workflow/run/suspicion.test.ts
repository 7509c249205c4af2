// Whom an owner may have died of, as the journal tells it (DESIGN §6).
import { beforeEach, describe, expect, test } from "vitest";
import type { RunId } from "../../../../engine/core/ids.ts";
import { evolveClaim } from "../../../../engine/workflow/ownership/claim.ts";
import type { JournalRecord } from "../../../../engine/workflow/records.ts";
import { groupSize, LONE_SUSPICION, MAX_LANES } from "../../../../engine/workflow/run/suspicion.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, type Given } from "../../../support/given.ts";
import {
  BOOM,
  RUN,
  runId,
  runsStarted,
  sleepEnded,
  sleepStarted,
  step,
  stepCompleted,
  stepFailed,
  triggerEvent,
} from "../../../support/records.ts";

const OTHER = runId("other");
let partition: Given;
let offset: number;

beforeEach(() => {
  partition = given();
  offset = 0;
});

/** A worker's claim counts: the owner before is over. */
function claims(worker: string): void {
  const replaces = partition.state.owner?.epoch ?? -1;
  offset += 100;
  expect(evolveClaim(partition.state, { nonce: offset, replaces, worker, time: T0 }, offset)).toBe(true);
}

const resumed = (...runs: RunId[]): JournalRecord => ({ type: "RunsResumed", runs });
const entered = (run = RUN): JournalRecord => ({ type: "LaneEntered", run });
const left = (run = RUN): JournalRecord => ({ type: "LaneLeft", run });
const rested = (...runs: RunId[]): JournalRecord => ({ type: "RunsRested", runs });

describe("an owner that ends without a word", () => {
  test("is a death to the runs that it started, and to those that it called", () => {
    claims("A");
    partition.and(runsStarted({ id: RUN }), runsStarted({ id: OTHER }));
    claims("B");
    expect([partition.run(RUN).suspicion, partition.run(OTHER).suspicion]).toEqual([1, 1]);
    partition.and(resumed(RUN));
    claims("C");
    expect([partition.run(RUN).suspicion, partition.run(OTHER).suspicion]).toEqual([2, 1]);
  });

  test("is none to runs that rest, wait for another attempt, are parked, or came to rest with nothing to record", () => {
    claims("A");
    for (const record of [
      sleepStarted("nap", T0 + 60_000, true),
      { type: "RunAttemptFailed", run: RUN, attempt: 0, error: BOOM, retryAt: T0 + 1_000 },
      { type: "RunParked", run: RUN, difference: "it asks for others" },
      rested(RUN),
    ] satisfies JournalRecord[]) {
      partition = given();
      claims("A");
      partition.and(runsStarted(), record);
      claims("B");
      expect(partition.run().suspicion).toBe(0);
    }
  });

  test("is a death to a run that was woken under it", () => {
    claims("A");
    partition.and(runsStarted(), sleepStarted("nap", T0, true));
    claims("B");
    partition.and(sleepEnded("nap"));
    claims("C");
    expect(partition.run().suspicion).toBe(1);
  });

  test("is none where the same process claims again: its task stopped, and nobody died", () => {
    claims("A");
    partition.and(runsStarted());
    claims("A");
    expect(partition.run().suspicion).toBe(0);
  });
});

test("an owner with a last word was running nothing", () => {
  claims("A");
  partition.and(runsStarted(), { type: "OwnerReleased" });
  claims("B");
  expect(partition.run().suspicion).toBe(0);
});

test("an owner that said that it goes and had no last word may have died: its runs are suspects, but no death alone is counted", () => {
  claims("A");
  partition.and(runsStarted(), entered(), { type: "OwnerReleasing", until: T0 });
  claims("B");
  expect(partition.run()).toMatchObject({ suspicion: 1, lanes: 0, alone: false });
});

describe("a suspect", () => {
  beforeEach(() => {
    claims("A");
    partition.and(runsStarted());
    claims("B");
  });

  test("is cleared by whatever its code says", () => {
    const place = { run: RUN, step: step("a") };
    for (const said of [
      stepCompleted("a"),
      stepFailed("a", { retryAt: T0 + 1 }),
      sleepStarted("nap"),
      { type: "RunAttemptFailed", run: RUN, attempt: 0, error: BOOM, retryAt: T0 + 1_000 },
      { type: "RunParked", run: RUN, difference: "it asks for others" },
      { type: "IterationAdvanced", ...place, cursor: null, began: T0 },
      { type: "StepsCancelled", run: RUN, steps: [step("a")] },
      { type: "WaitStarted", ...place, event: "e", to: 0, interest: 0, since: T0, deadline: null, resting: false },
      { type: "ChildInvoked", ...place, child: OTHER, functionId: "g", deadline: null, detached: false, resting: false },
    ] satisfies JournalRecord[]) {
      partition = given();
      claims("A");
      partition.and(runsStarted());
      claims("B");
      partition.and(entered());
      claims("C");
      expect(partition.run()).toMatchObject({ suspicion: 2, lanes: 1 });
      partition.and(said);
      expect(partition.run()).toMatchObject({ suspicion: 0, lanes: 0, alone: false });
    }
  });

  test("is neither cleared nor exposed by what comes for it: time, or an event", () => {
    const wait = { run: RUN, step: step("wait") };
    partition = given();
    claims("A");
    partition.and(runsStarted(), sleepStarted("nap"), {
      type: "WaitStarted",
      ...wait,
      event: "e",
      to: 0,
      interest: 0,
      since: T0,
      deadline: null,
      resting: false,
    });
    claims("B");
    partition.and(sleepEnded("nap"), { type: "WaitResolved", ...wait, event: triggerEvent() });
    expect(partition.run().suspicion).toBe(1);
    claims("C");
    expect(partition.run().suspicion).toBe(1);
  });

  test("is called together with others of a group that is halved at each death, and alone at last", () => {
    const sizes = (waiting: number): readonly number[] => [1, 2, 3, 4, 5, 6, 7, 8, 40].map((suspicion) => groupSize(suspicion, waiting));
    expect(sizes(10)).toEqual([64, 32, 16, 8, 4, 2, 1, 1, 1]);
    expect(sizes(10_000)).toEqual([1_250, 625, 313, 157, 79, 40, 1, 1, 1]);
    expect(groupSize(LONE_SUSPICION - 1, 1)).toBeGreaterThan(1);
  });

  test("is to be called by a record for all of a group, or by one that says that it is alone", () => {
    partition.and(runsStarted({ id: OTHER }));
    partition.when({ type: "ResumeRuns", runs: [RUN, OTHER], alone: false }).then(resumed(RUN, OTHER));
    partition.when({ type: "ResumeRuns", runs: [RUN], alone: true }).then(entered());
    partition.when({ type: "ResumeRuns", runs: [RUN, runId("over")], alone: false }).then(resumed(RUN));
    partition.when({ type: "ResumeRuns", runs: [runId("over")], alone: true }).thenIgnored("they are over");
  });

  test("that dies alone is counted; a death after it was alone, or among others, is not", () => {
    partition.and(entered());
    claims("C");
    expect(partition.run()).toMatchObject({ suspicion: 2, lanes: 1, alone: false });
    partition.and(resumed(RUN));
    claims("D");
    expect(partition.run()).toMatchObject({ suspicion: 3, lanes: 1 });
    partition.and(entered());
    partition.when({ type: "LeaveLane", run: RUN }).then(left());
    partition.and(left());
    claims("E");
    expect(partition.run()).toMatchObject({ suspicion: 4, lanes: 0 });
    partition.when({ type: "LeaveLane", run: RUN }).thenIgnored("the run is not called alone");
  });

  test("that was alone when the same process claimed again, or when its owner had its last word, is not counted", () => {
    partition.and(entered());
    claims("B");
    partition.and(entered(), { type: "OwnerReleased" });
    claims("C");
    partition.and(resumed(RUN));
    claims("D");
    expect(partition.run()).toMatchObject({ lanes: 0 });
  });

  test("that came to rest with nothing to record is cleared; where it is not exposed there is nothing to say", () => {
    partition.and(resumed(RUN));
    partition.when({ type: "RestRuns", runs: [RUN, OTHER] }).then(rested(RUN));
    partition.and(rested(RUN));
    expect(partition.run().suspicion).toBe(0);
    partition.when({ type: "RestRuns", runs: [RUN] }).thenIgnored("no owner would die of them");
  });
});

describe("a run that owners died of", () => {
  beforeEach(() => {
    claims("A");
    partition.and(runsStarted());
    for (let n = 0; n < MAX_LANES; n++) {
      partition.and(entered());
      claims(`B${n}`);
    }
  });

  test("is quarantined, with a dead letter that says what it was begun for", () => {
    const { records } = partition.when({ type: "QuarantineRun", run: RUN });
    expect(records).toMatchObject([
      { type: "RunQuarantined", run: RUN, reason: expect.stringMatching(/3 times in a row/) as unknown },
      { type: "EmissionOwed", target: "deadLetter" },
    ]);
    const owed = records[1];
    const value = owed?.type === "EmissionOwed" ? owed.value : null;
    const headers = owed?.type === "EmissionOwed" ? owed.headers : {};
    expect(JSON.parse(value?.toString() ?? "")).toMatchObject({ runId: RUN, functionId: "f", event: { id: "e1", name: "order/created" } });
    expect([headers["mr-code"]?.toString(), headers["mr-run"]?.toString()]).toEqual(["RUN_QUARANTINED", RUN]);
    partition.and(...records);
    expect(partition.run().status.status).toBe("quarantined");
    claims("C");
    expect(partition.run().lanes).toBe(MAX_LANES);
  });

  test("is quarantined whatever it was begun for: data as deep as can be read may be too deep to be written anew", () => {
    const deep = "[".repeat(20_000) + "]".repeat(20_000);
    const nested = given(runsStarted({ event: { data: deep } }));
    const { records } = nested.when({ type: "QuarantineRun", run: RUN });
    const owed = records[1];
    expect(records[0]?.type).toBe("RunQuarantined");
    expect(owed?.type === "EmissionOwed" ? owed.value?.toString() : null).toContain(`"key":null,"data":${deep}}}`);
  });

  test("is called alone when people release it: whether its code was mended shows then", () => {
    partition.and({ type: "RunQuarantined", run: RUN, reason: "" }, { type: "RunReleased", run: RUN });
    expect(partition.run()).toMatchObject({ status: { status: "running" }, suspicion: LONE_SUSPICION, lanes: 0 });
    claims("C");
    expect(partition.run().suspicion).toBe(LONE_SUSPICION);
    partition.and(entered());
    claims("D");
    expect(partition.run()).toMatchObject({ suspicion: LONE_SUSPICION + 1, lanes: 1 });
  });

  test("is gone when it is over meanwhile", () => {
    partition.and({ type: "RunCancelled", run: RUN, reason: "as asked" });
    partition.when({ type: "QuarantineRun", run: RUN }).thenIgnored("run is over");
    partition.and(resumed(RUN), entered(), left(), rested(RUN), { type: "RunQuarantined", run: RUN, reason: "" });
    expect(partition.state.runs.size).toBe(0);
  });
});

test("a parked run that people release is called like any other", () => {
  claims("A");
  partition.and(runsStarted(), { type: "RunParked", run: RUN, difference: "" }, { type: "RunReleased", run: RUN });
  expect(partition.run()).toMatchObject({ status: { status: "running" }, suspicion: 0 });
  claims("B");
  expect(partition.run().suspicion).toBe(1);
});
