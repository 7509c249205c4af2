// What people say of backfills, and what a partition makes of it.
import { expect, test } from "vitest";
import { deriveRunId } from "../../../../engine/core/ids.ts";
import { decidePastEvent } from "../../../../engine/workflow/backfill/past-event.ts";
import type { BackfillRange, JournalRecord, StartBackfill } from "../../../../engine/workflow/records.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, givenIn, type Given } from "../../../support/given.ts";
import { manifest } from "../../../support/records.ts";

const START: StartBackfill = { type: "StartBackfill", id: "past", functionId: "f", since: null, until: null, rate: 8 };
const PLACE = { topic: "app.events", partition: 0 };
const RANGE: BackfillRange = { ...PLACE, seam: 40 };
const STARTED: JournalRecord = {
  type: "BackfillStarted",
  id: "past",
  functionId: "f",
  ranges: [RANGE],
  rate: 2,
  since: null,
  until: null,
  mayRepeat: false,
};
const LOCATED: JournalRecord = { type: "BackfillLocated", id: "past", ...PLACE, from: 5, to: 40, missing: 5, isCut: false };
const deployed = manifest({ from: [{ ...PLACE, offset: 40 }] });
const statusOf = ({ state }: Given, id = "past"): unknown => state.backfills.get(id)?.status;

test("each partition takes its part of the sources up to the seam, and its part of the rate", () => {
  givenIn(0, 4, deployed).whenTold(START, { from: -1 }).then(STARTED);
});

test("told again it is the same one; a function that is not there, or has one under way, is refused with the reason", () => {
  given(deployed, STARTED).whenTold(START, { from: -1 }).thenTypes();
  const gone = given(deployed).whenTold({ ...START, functionId: "gone" }, { from: -1 });
  expect(gone.records.map(({ type }) => type)).toEqual(["BackfillStarted", "BackfillEnded"]);
  expect(gone.records[1]).toMatchObject({ outcome: "abandoned", reason: expect.stringContaining("without function gone") as string });
  const second = given(deployed, STARTED).whenTold({ ...START, id: "second" }, { from: -1 });
  expect(second.records[1]).toMatchObject({ outcome: "abandoned", reason: expect.stringContaining("backfill past") as string });
});

test("the next one of a function looks for what the first gave it", () => {
  const it = given(deployed, STARTED, { type: "BackfillEnded", id: "past", outcome: "cancelled", reason: null });
  expect(it.whenTold({ ...START, id: "next" }, { from: -1 }).records).toEqual([{ ...STARTED, id: "next", rate: 8, mayRepeat: true }]);
});

test("where it is in a range is what the records say, one after the other", () => {
  const advanced = { type: "BackfillAdvanced", id: "past", ...PLACE, started: 3, skipped: 1, missing: 2 } as const;
  const it = given(deployed, STARTED, LOCATED, { ...advanced, next: 20 }, { ...advanced, next: 30 });
  expect(it.state.backfills.get("past")?.ranges).toEqual([
    { ...PLACE, from: 5, next: 30, to: 40, started: 6, skipped: 2, missing: 9, isCut: false },
  ]);
  it.when({ type: "EndBackfill", id: "past", problem: null }).thenTypes();
  it.and({ ...advanced, next: 40 })
    .when({ type: "EndBackfill", id: "past", problem: null })
    .then({ type: "BackfillEnded", id: "past", outcome: "done", reason: null });
});

test("it is looked up once where a range begins", () => {
  const input = { id: "past", ...PLACE, from: 5, to: 40, missing: 5, isCut: false };
  given(deployed, STARTED)
    .when({ type: "LocateBackfill", ...input })
    .then({ type: "BackfillLocated", ...input });
  given(deployed, STARTED, LOCATED)
    .when({ type: "LocateBackfill", ...input })
    .thenTypes();
});

test("it is paused, goes on, and is cancelled; what is over stays as it is", () => {
  const control = (action: "pause" | "resume" | "cancel") => ({ type: "ControlBackfill", id: "past", action }) as const;
  const it = given(deployed, STARTED);
  it.whenTold(control("resume"), { from: -1 }).thenTypes();
  it.whenTold(control("pause"), { from: -1 }).then({ type: "BackfillChanged", id: "past", paused: true });
  it.and({ type: "BackfillChanged", id: "past", paused: true });
  expect(statusOf(it)).toBe("paused");
  it.whenTold(control("pause"), { from: -1 }).thenTypes();
  it.whenTold(control("cancel"), { from: -1 }).then({ type: "BackfillEnded", id: "past", outcome: "cancelled", reason: null });
  it.and({ type: "BackfillEnded", id: "past", outcome: "cancelled", reason: null });
  it.whenTold(control("resume"), { from: -1 }).thenTypes();
  expect(statusOf(it)).toBe("cancelled");
});

test("of those that are over the last twenty are remembered, and all that are under way", () => {
  const it = given(deployed, { ...STARTED, id: "open", functionId: "g" });
  for (let n = 0; n < 30; n++) {
    it.and({ ...STARTED, id: `b${n}` }, { type: "BackfillEnded", id: `b${n}`, outcome: "done", reason: null });
  }
  expect([...it.state.backfills.keys()]).toEqual(["open", ...Array.from({ length: 20 }, (_, n) => `b${n + 10}`)]);
});

test("an event of the past counts from now on, in a run with the id that it would have got live (R10)", () => {
  const { state } = given(deployed, STARTED);
  const event = { id: "e1", name: "order/created", data: "{}", time: T0 - 5_000, key: null, once: { by: "id", key: "e1" } } as const;
  const past = { ...PLACE, offset: 7, timestamp: T0 - 4_000, event };
  const decision = decidePastEvent(state, "f", past, T0);
  expect(decision).toMatchObject({
    records: [
      {
        type: "RunsStarted",
        event: { time: T0 - 5_000, appendedAt: T0, offset: 7 },
        runs: [{ id: deriveRunId(T0 - 5_000, 0, "f", "app.events-0-7"), functionId: "f" }],
      },
    ],
    messages: [],
  });
  expect(decidePastEvent(state, "f", { ...past, event: { ...event, name: "order/gone" } }, T0).outcome).toBe("ignored");
});
