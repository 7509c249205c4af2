// Runs that have more than anybody wants to have at once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openToAsk, type HistoryDatabase } from "../../../../consumers/run-history/database.ts";
import { RunHistory } from "../../../../consumers/run-history/run-history-sink.ts";
import { findRun, findStep, resultOf } from "../../../../consumers/run-history/show-run.ts";
import { encodeClaim } from "../../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../../engine/journal/frame-formats.ts";
import type { JournalRecord } from "../../../../engine/workflow/records.ts";
import { batchOf } from "../../../support/run-history/batch.ts";
import { runId, runsStarted, step } from "../../../support/records.ts";

const RUN = runId("large");
const OUTPUT = JSON.stringify("ü".repeat(499));
/** In UTF-8. */
const BYTES = 1_000;
let directory = "";
let db: HistoryDatabase;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-history-"));
  const file = path.join(directory, "history.db");
  using history = new RunHistory(file, { app: "shop", topic: "shop.journal" });
  const done = (name: string): JournalRecord => ({ type: "StepCompleted", run: RUN, step: step(name), output: OUTPUT, began: 1 });
  const frames = [
    [runsStarted({ id: RUN }), done("a")],
    [done("b"), done("c")],
    [{ type: "RunCompleted", run: RUN, output: "7" } as const],
  ];
  const values = [
    encodeClaim({ nonce: 1, replaces: -1, worker: "w", time: 0 }),
    ...frames.map((records, at) => encodeFrame({ epoch: 0, nonce: 1, lsn: 2 + at, time: 9, inputs: [], records })),
  ];
  const entries = values.map((value, offset) => ({ offset, value, timestamp: 0, key: null, headers: {} }));
  history.write(batchOf("shop.journal", 0, 0, entries));
  db = openToAsk(file);
});

afterAll(() => {
  db.close();
  rmSync(directory, { recursive: true, force: true });
});

test("the latest outputs that there is room for are shown, and it is said that others are not", () => {
  const shown = (maxBytes: number): unknown => {
    const run = findRun(db, RUN, { maxBytes });
    return [run?.steps.filter(({ output }) => output === OUTPUT).map(({ key }) => key), run?.isCut];
  };
  expect(shown(3 * BYTES)).toEqual([["a#0", "b#0", "c#0"], false]);
  expect(shown(3 * BYTES - 1)).toEqual([["b#0", "c#0"], true]);
  expect(shown(0)).toEqual([[], true]);
  expect(findRun(db, RUN, { maxBytes: 0 })).toMatchObject({ output: "7", status: "completed" });
});

test("each step has all of it when it is asked for by itself", () => {
  expect(findStep(db, RUN, "a#0")).toMatchObject({ key: "a#0", status: "completed", output: OUTPUT });
  expect([findStep(db, RUN, "d#0"), findStep(db, runId("other"), "a#0")]).toEqual([null, null]);
});

test("what a run came to is told without the rest of it", () => {
  expect(resultOf(db, RUN)).toEqual({ output: "7", error: null });
  expect(resultOf(db, runId("other"))).toBeNull();
});
