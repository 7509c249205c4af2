// Runs that repeat others, as a history tells of them: what they took over, what they sent otherwise, and whom they repeat.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openToAsk } from "../../../../consumers/run-history/database.ts";
import { lineageOf } from "../../../../consumers/run-history/lineage.ts";
import { RunHistory } from "../../../../consumers/run-history/run-history-sink.ts";
import { placeInJournal, showRun } from "../../../../consumers/run-history/show-run.ts";
import type { RunId } from "../../../../engine/core/ids.ts";
import { encodeClaim } from "../../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../../engine/journal/frame-formats.ts";
import { encodeEvent } from "../../../../engine/workflow/event/cloud-event.ts";
import type { EmissionOwed, JournalRecord } from "../../../../engine/workflow/records.ts";
import { batchOf } from "../../../support/run-history/batch.ts";
import { runId, runsStarted, step, triggerEvent } from "../../../support/records.ts";

const [ORIGINAL, AGAIN] = [runId("original"), runId("again")];
let directory = "";
let file = "";

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-history-"));
  file = path.join(directory, "history.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function project(...records: JournalRecord[]): void {
  using history = new RunHistory(file, { app: "shop", topic: "shop.journal" });
  const values = [
    encodeClaim({ nonce: 1, replaces: -1, worker: "w", time: 0 }),
    encodeFrame({ epoch: 0, nonce: 1, lsn: 2, time: 9, inputs: [], records }),
  ];
  const entries = values.map((value, offset) => ({ offset, value, timestamp: 0, key: null, headers: {} }));
  history.write(batchOf("shop.journal", 0, 0, entries));
}

function sent(sequence: number, id: string, corrects?: string): EmissionOwed {
  const { key, value, headers } = encodeEvent({ id, name: "vat/computed", data: "19", time: 9, key: "k", source: "millrace/f" });
  const all = { ...headers, ...(corrects === undefined ? {} : { ce_corrects: corrects }) };
  const bytes = Object.fromEntries(Object.entries(all).map(([name, text]) => [name, Buffer.from(text)]));
  return { type: "EmissionOwed", sequence, target: "events", key, value, headers: bytes };
}

test("no step is shown as begun before its run was, whatever waits count from", () => {
  const error = { name: "Error", message: "no", stack: null };
  project(
    runsStarted({ id: ORIGINAL }),
    { type: "StepFailed", run: ORIGINAL, step: step("a"), attempt: 0, error, retryAt: 20, began: 3 },
    { type: "StepCompleted", run: ORIGINAL, step: step("a"), output: "1", began: 3 },
    { type: "StepCompleted", run: ORIGINAL, step: step("b"), output: "2", began: 12 },
    runsStarted({ id: AGAIN }),
    { type: "RerunStarted", run: AGAIN, original: ORIGINAL, operation: "fix", emit: "changed", emitted: "{}", waits: "{}", needs: [] },
    { type: "StepAdopted", run: AGAIN, step: step("a"), outcome: JSON.stringify({ status: "completed", output: "1", mark: 3 }) },
  );
  const db = openToAsk(file);
  const { startedAt, steps } = showRun(db, ORIGINAL);
  expect(startedAt).toBe(9);
  expect(steps.map(({ beganAt, endedAt }) => [beganAt, endedAt])).toEqual([
    [9, 9],
    [12, 9],
  ]);
  expect(steps[0]?.failures[0]).toMatchObject({ beganAt: 9, failedAt: 9 });
  expect(showRun(db, AGAIN).steps[0]?.isAdopted).toBe(true);
  db.close();
});

test("a run that repeats another is linked to it, and what it took over is marked", () => {
  const event = triggerEvent({ id: "paid-1", name: "order/paid", offset: 5 });
  const took = (name: string, outcome: object): JournalRecord => ({
    type: "StepAdopted",
    run: AGAIN,
    step: step(name),
    outcome: JSON.stringify(outcome),
  });
  project(
    runsStarted({ id: ORIGINAL }),
    { type: "StepCompleted", run: ORIGINAL, step: step("tell"), output: '{"ids":["e-1"]}', began: 1 },
    sent(0, "e-1"),
    { type: "RunCompleted", run: ORIGINAL, output: "1" },
    runsStarted({ id: AGAIN }),
    { type: "RerunStarted", run: AGAIN, original: ORIGINAL, operation: "fix-vat", emit: "changed", emitted: "{}", waits: "{}", needs: [] },
    took("load", { status: "completed", output: '"x"', mark: 1 }),
    took("wait", { status: "resolved", event, interest: 1, since: 1, mark: 1 }),
    took("nap", { status: "slept", mark: 1 }),
    took("odd", { status: "failed", attempt: 0, error: { name: "Error", message: "no", stack: null }, mark: 1 }),
    { type: "StepCompleted", run: AGAIN, step: step("tell"), output: '{"ids":["e-2"]}', began: 2 },
    sent(1, "e-2", "e-1"),
    { type: "RunCompleted", run: AGAIN, output: "2" },
  );
  const db = openToAsk(file);
  const run = showRun(db, AGAIN);
  expect(run).toMatchObject({ rerunOf: ORIGINAL, status: "completed", output: "2" });
  expect(run.steps.map(({ key, kind, status, isAdopted }) => [key, kind, status, isAdopted])).toEqual([
    ["load#0", "run", "completed", true],
    ["wait#0", "wait", "resolved", true],
    ["nap#0", "sleep", "slept", true],
    ["odd#0", "run", "failed", true],
    ["tell#0", "send", "completed", false],
  ]);
  expect(run.steps[1]?.event).toMatchObject({ id: "paid-1", name: "order/paid" });
  expect(run.steps[4]?.sent).toMatchObject([{ id: "e-2", corrects: "e-1", confirmedAt: null }]);
  expect(showRun(db, ORIGINAL).reruns).toEqual([AGAIN]);
  expect(lineageOf(db, AGAIN)?.causes).toMatchObject([{ run: ORIGINAL, link: { by: "rerun" } }]);
  db.close();
});

test("of a run's re-runs the latest is in its place, and none of those before it, which name the same original", () => {
  const [first, second] = [runId("first"), runId("second")];
  const again = (run: RunId): JournalRecord[] => [
    runsStarted({ id: run }),
    { type: "RerunStarted", run, original: ORIGINAL, operation: `of ${run}`, emit: "changed", emitted: "{}", waits: "{}", needs: [] },
    { type: "RunFailed", run, error: { name: "Error", message: "no", stack: null } },
  ];
  project(runsStarted({ id: ORIGINAL }), { type: "RunCompleted", run: ORIGINAL, output: "1" }, ...again(first), ...again(second));
  const db = openToAsk(file);
  expect([ORIGINAL, first, second].map((run) => placeInJournal(db, run)?.isRepeated)).toEqual([true, true, false]);
  expect(placeInJournal(db, second)?.operation).toBe(`of ${second}`);
  db.close();
});
