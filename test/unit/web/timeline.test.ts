import { expect, test } from "vitest";
import type { ShownRun, ShownStep } from "../../../server/contract/runs.ts";
import { ticksOf, timelineOf, type Span } from "../../../web/src/pages/run/timeline/spans.ts";

const RUN: ShownRun = {
  id: "01K9ZC6Y1N8XQ2B7V4T5M3RDEF",
  functionId: "f",
  status: "completed",
  event: null,
  queuedAt: null,
  startedAt: 1_000,
  endedAt: 2_000,
  reason: null,
  partition: 0,
  events: [],
  steps: [],
  attempts: [],
  output: null,
  error: null,
  gate: null,
  retryAt: null,
  parent: null,
  rerunOf: null,
  reruns: [],
  isCut: false,
  children: [],
  holdups: [],
  executing: null,
};
const STEP: ShownStep = {
  key: "a#0",
  kind: "run",
  status: "completed",
  beganAt: 1_100,
  endedAt: 1_200,
  dueAt: null,
  output: null,
  error: null,
  attempts: [],
  waitsFor: null,
  event: null,
  child: null,
  isAdopted: false,
  isEdited: false,
  sent: [],
};
const error = { name: "Error", message: "no", stack: null };

function spans(lane: { readonly spans: readonly Span[] } | undefined): readonly string[] {
  return (lane?.spans ?? []).map(({ from, to, tone, look }) => `${from}–${to} ${tone} ${look}`);
}

test("a run that was queued shows its wait and its work", () => {
  const { lanes, from, to } = timelineOf({ ...RUN, queuedAt: 400 }, 9_999);
  expect(spans(lanes[0])).toEqual(["400–1000 rest idle", "1000–2000 good solid"]);
  expect([from, to]).toEqual([400, 2_000]);
});

test("a run that is not over, and what it waits for, go on until now", () => {
  const waiting: ShownStep = { ...STEP, kind: "wait", status: "waiting", endedAt: null, dueAt: 90_000 };
  const { lanes, to } = timelineOf({ ...RUN, status: "running", endedAt: null, steps: [waiting] }, 5_000);
  expect(spans(lanes[0])).toEqual(["1000–5000 busy solid"]);
  expect(spans(lanes[1])).toEqual(["1100–5000 rest idle"]);
  // A deadline of next week would leave no room for the rest.
  expect(to).toBe(5_000);
  expect(lanes[1]?.dueAt).toBe(90_000);
});

test("attempts that failed, the pauses between them and the one that was good are told apart", () => {
  const attempts = [
    { attempt: 0, beganAt: 1_100, failedAt: 1_150, retryAt: 1_400, error },
    { attempt: 1, beganAt: 1_100, failedAt: 1_500, retryAt: 1_800, error },
  ];
  const { lanes } = timelineOf({ ...RUN, steps: [{ ...STEP, attempts, endedAt: 1_900 }] }, 0);
  expect(spans(lanes[1])).toEqual([
    "1100–1150 bad solid",
    "1150–1400 warn idle",
    "1400–1500 bad solid",
    "1500–1800 warn idle",
    "1800–1900 good solid",
  ]);
});

test("a step that failed for good has no span after its last attempt", () => {
  const attempts = [{ attempt: 0, beganAt: 1_100, failedAt: 1_150, retryAt: null, error }];
  const { lanes } = timelineOf({ ...RUN, steps: [{ ...STEP, status: "failed", attempts, endedAt: 1_150 }] }, 0);
  expect(spans(lanes[1])).toEqual(["1100–1150 bad solid"]);
});

test("a step that was taken over took no time, and one that began before the log knew of its run does not stick out", () => {
  const { lanes, from } = timelineOf(
    {
      ...RUN,
      steps: [
        { ...STEP, beganAt: 990 },
        { ...STEP, key: "b#0", isAdopted: true, beganAt: null, endedAt: 1_001 },
      ],
    },
    0,
  );
  expect(from).toBe(990);
  expect(spans(lanes[0])).toEqual(["990–2000 good solid"]);
  expect(spans(lanes[2])).toEqual(["1001–1001 calm solid"]);
  expect(lanes[2]?.tookMs).toBeNull();
});

test("the axis has a few round ticks, whether a run takes a moment or a month", () => {
  expect(ticksOf(260, 5)).toEqual([0, 100, 200]);
  expect(ticksOf(62_000, 5)).toEqual([0, 15_000, 30_000, 45_000, 60_000]);
  for (let length = 1; length < 1e11; length *= 3) expect(ticksOf(length, 5).length).toBeLessThanOrEqual(6);
});

test("a step that executes has a lane that grows, though no journal knows it", () => {
  const executing = [{ step: "charge#0", attempt: 0, since: 1_500 }];
  const { lanes, to } = timelineOf({ ...RUN, status: "running", endedAt: null, steps: [STEP], executing }, 5_000);
  expect(lanes.map(({ label, status, isOpen, tookMs }) => ({ label, status, isOpen, tookMs })).slice(1)).toEqual([
    { label: "a", status: "completed", isOpen: false, tookMs: 100 },
    { label: "charge", status: "executing", isOpen: true, tookMs: 3_500 },
  ]);
  expect(spans(lanes[2])).toEqual(["1500–5000 busy solid"]);
  expect(to).toBe(5_000);
});

test("a step that failed and executes again is executing, behind what it waited", () => {
  const attempts = [{ attempt: 0, beganAt: 1_100, failedAt: 1_200, retryAt: 1_800, error }];
  const retried: ShownStep = { ...STEP, status: "retrying", endedAt: null, dueAt: 1_800, attempts };
  const executing = [{ step: "a#0", attempt: 1, since: 1_800 }];
  const { lanes } = timelineOf({ ...RUN, status: "running", endedAt: null, steps: [retried], executing }, 5_000);
  expect(lanes).toHaveLength(2);
  expect(lanes[1]).toMatchObject({ status: "executing", dueAt: null });
  expect(spans(lanes[1])).toEqual(["1100–1200 bad solid", "1200–1800 warn idle", "1800–5000 busy solid"]);
});

test("a step that was to be tried again by now is not said to be about to: nobody tells that it executes before it has ended", () => {
  const failed = { attempt: 0, beganAt: 1_100, failedAt: 1_200, retryAt: 1_500, error };
  const step: ShownStep = { ...STEP, status: "retrying", endedAt: null, dueAt: 1_500, attempts: [failed] };
  const laneAt = (now: number) => timelineOf({ ...RUN, status: "running", endedAt: null, steps: [step] }, now).lanes[1];
  expect(laneAt(1_400)?.dueAt).toBe(1_500);
  expect(laneAt(1_500)).toMatchObject({ dueAt: null, tookMs: 400 });
});
