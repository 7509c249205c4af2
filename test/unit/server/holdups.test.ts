// Why a run is not moving: each reason, from what the journal tells of it and from how its worker fares, with what to do about it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openToAsk } from "../../../consumers/run-history/database.ts";
import { RunHistory } from "../../../consumers/run-history/run-history-sink.ts";
import { showRun } from "../../../consumers/run-history/show-run.ts";
import { encodeClaim } from "../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../engine/journal/frame-formats.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { manifestText } from "../../../engine/workflow/trigger/manifest.ts";
import { holdupsOf, type HoldupsAsked } from "../../../server/queries/holdups.ts";
import { batchOf } from "../../support/run-history/batch.ts";
import { BOOM, RUN, runQueued, runsStarted, startedRun, step, triggerEvent } from "../../support/records.ts";

const NOW = 1_000;

let directory = "";
let file = "";

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-holdups-"));
  file = path.join(directory, "history.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What is said of the run after these records. `local`: of this process' worker, where it has the partition. */
function said(
  records: readonly JournalRecord[],
  {
    local,
    workers = ["worker-7"],
    executing = null,
    sight = "all",
  }: {
    local?: Partial<NonNullable<HoldupsAsked["local"]>>;
    workers?: readonly string[] | null;
    executing?: HoldupsAsked["executing"];
    sight?: "all" | "no payloads";
  } = {},
) {
  using history = new RunHistory(file, { app: "shop", topic: "shop.journal" });
  const values = [
    encodeClaim({ nonce: 1, replaces: -1, worker: "worker-7", time: 0 }),
    encodeFrame({ epoch: 0, nonce: 1, lsn: 2, time: NOW, inputs: [], records: [...records] }),
  ];
  history.write(
    batchOf(
      "shop.journal",
      0,
      0,
      values.map((value, offset) => ({ offset, value, timestamp: 0, key: null, headers: {} })),
    ),
  );
  const db = openToAsk(file);
  const report = local === undefined ? null : ({ status: "RUNNING", problems: [], ...local } as const);
  try {
    return holdupsOf(showRun(db, RUN), { history: db, local: report, workers, executing, now: 50_000, sight });
  } finally {
    db.close();
  }
}

function deployed(...ids: string[]): JournalRecord {
  const functions = ids.map((id) => ({ id, triggers: ["go"], onFailure: false }));
  return { type: "ManifestActivated", version: 1, hash: "h", content: manifestText({ functions, sources: [] }), from: [] };
}

const begun = runsStarted();
const codes = (holdups: readonly { readonly code: string }[]): string[] => holdups.map(({ code }) => code);

describe("a run that has begun", () => {
  test("and that nothing holds up is being executed: by whom", () => {
    expect(said([begun])).toMatchObject([{ code: "EXECUTING", message: expect.stringContaining("worker-7") as string }]);
    expect(said([begun], { local: {} })).toMatchObject([{ code: "EXECUTING", message: expect.stringContaining("this process") as string }]);
  });

  test("executes steps: which, for how long, and which attempt", () => {
    const executing = [
      { step: step("charge"), attempt: 1, since: 8_000 },
      { step: step("tell"), attempt: 0, since: 50_400 },
    ];
    expect(said([begun], { local: {}, executing }).map(({ message }) => message)).toEqual([
      "step charge executes in this process, for 42 s now (attempt 2)",
      "step tell executes in this process, for 0 s now",
    ]);
    expect(said([begun], { local: {}, executing: [] })).toMatchObject([
      { message: expect.stringContaining("no step right now") as string },
    ]);
  });

  test("executes a step beside others that wait", () => {
    const nap: JournalRecord = { type: "SleepStarted", run: RUN, step: step("nap"), wakeAt: 5_000, resting: false };
    const executing = [{ step: step("charge"), attempt: 0, since: 8_000 }];
    expect(codes(said([begun, nap], { local: {}, executing }))).toEqual(["SLEEPING", "EXECUTING"]);
  });

  test("sleeps until a time", () => {
    const nap: JournalRecord = { type: "SleepStarted", run: RUN, step: step("nap"), wakeAt: 5_000, resting: true };
    expect(said([begun, nap])).toMatchObject([{ code: "SLEEPING", step: "nap#0", until: 5_000 }]);
  });

  test("waits for an event, and says what that has to be, but not to who may not see data", () => {
    const wait: JournalRecord = {
      type: "WaitStarted",
      run: RUN,
      step: step("paid"),
      event: "order/paid",
      to: 0,
      interest: 1,
      since: 0,
      deadline: 9_000,
      resting: true,
    };
    const registered: JournalRecord = {
      type: "WaitRegistered",
      run: RUN,
      step: step("paid"),
      event: "order/paid",
      path: "data.order",
      value: "s:o-1",
      condition: "event.data.sum > 3",
      bindings: null,
      since: 0,
      knownSince: 0,
      deadline: 9_000,
      excluded: [],
      purpose: "step",
      scan: 0,
    };
    const [holdup] = said([begun, wait, registered]);
    expect(holdup).toMatchObject({ code: "WAITING_FOR_EVENT", step: "paid#0", until: 9_000 });
    expect(holdup?.message).toBe('step paid waits for order/paid with data.order = "o-1" and event.data.sum > 3');
    rmSync(file);
    expect(said([begun, wait, registered], { sight: "no payloads" })[0]?.message).toBe("step paid waits for order/paid");
  });

  test("tries a step again, or itself, after a failure", () => {
    const failed: JournalRecord = { type: "StepFailed", run: RUN, step: step("call"), attempt: 1, error: BOOM, retryAt: 7_000, began: 1 };
    expect(said([begun, failed])).toMatchObject([{ code: "RETRYING", step: "call#0", until: 7_000 }]);
    rmSync(file);
    const threw: JournalRecord = { type: "RunAttemptFailed", run: RUN, attempt: 0, error: BOOM, retryAt: 8_000 };
    const [holdup] = said([begun, threw]);
    expect(holdup).toMatchObject({ code: "RETRYING", step: null, until: 8_000, message: expect.stringContaining("boom") as string });
    rmSync(file);
    expect(said([begun, threw], { sight: "no payloads" })[0]?.message).not.toContain("boom");
  });

  test("waits for a run that it invoked", () => {
    const invoked: JournalRecord = {
      type: "ChildInvoked",
      run: RUN,
      step: step("price"),
      child: RUN,
      functionId: "price",
      deadline: null,
      detached: false,
      resting: true,
    };
    expect(said([begun, invoked])).toMatchObject([
      { code: "WAITING_FOR_CHILD", step: "price#0", message: expect.stringContaining(RUN) as string },
    ]);
  });

  test("waits for a slot of a limit until it has one", () => {
    const limited: JournalRecord = {
      type: "RunsStarted",
      event: triggerEvent(),
      runs: [startedRun(RUN, { needs: ["fn/f/0/s:ann"] })],
      batch: [],
    };
    const asked: JournalRecord = { type: "SlotsAsked", run: RUN, count: 1 };
    const [holdup] = said([limited, asked]);
    expect(holdup).toMatchObject({
      code: "WAITING_FOR_LIMIT",
      message: 'its next step waits for a slot of the concurrency limit of "f" for ann',
    });
    rmSync(file);
    expect(codes(said([limited, asked, { type: "SlotsGiven", run: RUN, count: 1 }]))).toEqual(["EXECUTING"]);
  });
});

describe("a run that waits for people", () => {
  test("is parked, or quarantined: that comes first", () => {
    expect(said([begun, { type: "RunParked", run: RUN, difference: "step b is not there" }])).toMatchObject([
      { code: "PARKED", message: expect.stringContaining("step b is not there") as string },
    ]);
    rmSync(file);
    const quarantined: JournalRecord = { type: "RunQuarantined", run: RUN, reason: "three owners died" };
    expect(said([begun, quarantined])).toMatchObject([{ code: "QUARANTINED", message: "three owners died" }]);
  });
});

describe("a run that has not begun", () => {
  test("is in a line, for the limits that let it in", () => {
    const [holdup] = said([runQueued(RUN, { needs: ["fn/f/0/", "throttle/f/"] })]);
    expect(holdup).toMatchObject({ code: "HELD_BY_GATE" });
    expect(holdup?.message).toBe('it waits in line for a slot of the concurrency limit of "f", and its turn by the throttle of "f"');
  });

  test("is held with its event, until a time", () => {
    const held: JournalRecord = {
      type: "EventHeld",
      key: "debounce/f/",
      gate: "debounce",
      functionId: "f",
      run: RUN,
      event: triggerEvent(),
      due: 4_000,
    };
    expect(said([held])).toMatchObject([{ code: "HELD_BY_GATE", until: 4_000, message: expect.stringContaining("debounce") as string }]);
  });

  test("is of a function that people paused, until they resume it", () => {
    const paused: JournalRecord = { type: "CellSet", key: "pause/f", kind: "pause", until: 2 ** 52, numbers: [], text: "keep" };
    const queued = runQueued(RUN, { gate: "pause", needs: ["pause/f"] });
    expect(said([paused, queued])).toMatchObject([{ code: "FUNCTION_PAUSED", hint: "Resume it: `millrace functions resume f`" }]);
    rmSync(file);
    expect(codes(said([paused, queued, { type: "CellsForgotten", keys: ["pause/f"] }]))).toEqual(["HELD_BY_GATE"]);
  });
});

describe("a run that nobody could execute", () => {
  test("is of a function that the deployment in force does not have", () => {
    expect(codes(said([deployed("other"), begun]))).toEqual(["NO_CODE"]);
    rmSync(file);
    expect(codes(said([deployed("other", "f"), begun]))).toEqual(["EXECUTING"]);
  });

  test("is in a partition that is stopped, or being restored, here", () => {
    const [stopped] = said([begun], { local: { status: "CLOSED", problems: ["JOURNAL_GAP: two frames are missing"] } });
    expect(stopped).toMatchObject({ code: "PARTITION_STOPPED", message: expect.stringContaining("JOURNAL_GAP") as string });
    rmSync(file);
    expect(codes(said([begun], { local: { status: "RESTORING" } }))).toEqual(["PARTITION_STOPPED"]);
    // Until somebody else has it, all goes on.
    expect(codes(said([begun], { local: { status: "LEAVING" } }))).toEqual(["EXECUTING"]);
  });
});

describe("a run whose worker is elsewhere", () => {
  const nap: JournalRecord = { type: "SleepStarted", run: RUN, step: step("nap"), wakeAt: 5_000, resting: true };

  test("goes nowhere while no worker runs: that comes before what it waits for", () => {
    expect(said([begun], { workers: [] })).toMatchObject([{ code: "NO_WORKER", message: "no worker of the app is running" }]);
    rmSync(file);
    expect(codes(said([begun, nap], { workers: [] }))).toEqual(["NO_WORKER", "SLEEPING"]);
  });

  test("goes nowhere while the one that had its partition is gone, and no other has taken it", () => {
    const [holdup] = said([begun], { workers: ["worker-8"] });
    expect(holdup).toMatchObject({ code: "NO_WORKER", message: expect.stringContaining("worker-7, which had its partition 0") as string });
  });

  test("is believed to be executed where the log does not say who runs, or the partition is here", () => {
    expect(codes(said([begun], { workers: null }))).toEqual(["EXECUTING"]);
    rmSync(file);
    expect(codes(said([begun], { workers: [], local: {} }))).toEqual(["EXECUTING"]);
  });
});

test("a run that is over is not held up", () => {
  expect(said([begun, { type: "RunCompleted", run: RUN, output: null }])).toEqual([]);
});
