// The file of a history: whose it is, of which version, and what it says of entries that are gone or cannot be read.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openToAsk } from "../../../../consumers/run-history/database.ts";
import { gapsOf } from "../../../../consumers/run-history/gaps.ts";
import { listRuns } from "../../../../consumers/run-history/list-runs.ts";
import { RunHistory } from "../../../../consumers/run-history/run-history-sink.ts";
import { HISTORY_VERSION } from "../../../../consumers/run-history/schema.ts";
import { showRun } from "../../../../consumers/run-history/show-run.ts";
import { encodeClaim } from "../../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../../engine/journal/frame-formats.ts";
import type { StoredRecord } from "../../../../engine/log/log.ts";
import type { JournalRecord } from "../../../../engine/workflow/records.ts";
import { batchOf } from "../../../support/run-history/batch.ts";
import { RUN, runsStarted } from "../../../support/records.ts";

const OF = { app: "shop", topic: "shop.journal" };
let directory = "";
let file = "";

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-history-"));
  file = path.join(directory, "history.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const stored = (offset: number, value: Buffer): StoredRecord => ({ offset, timestamp: 0, key: null, value, headers: {} });
const claimed = (offset: number, replaces = -1): StoredRecord => stored(offset, encodeClaim({ nonce: 1, replaces, worker: "w", time: 0 }));
const framed = (offset: number, epoch: number, lsn: number, ...records: JournalRecord[]): StoredRecord =>
  stored(offset, encodeFrame({ epoch, nonce: 1, lsn, time: 1_000 + lsn, inputs: [], records }));

function project(...records: StoredRecord[]): void {
  using history = new RunHistory(file, OF);
  const from = history.positions().get(0)?.next ?? records[0]?.offset ?? 0;
  expect(history.write(batchOf(OF.topic, 0, from, records))).toBe("stored");
}

function asking<T>(ask: (db: DatabaseSync) => T): T {
  const db = openToAsk(file);
  try {
    return ask(db);
  } finally {
    db.close();
  }
}

test("other accounts of the machine cannot read it, nor what SQLite keeps beside it", () => {
  using history = new RunHistory(file, OF);
  history.write(batchOf(OF.topic, 0, 0, [claimed(0)]));
  const rights = readdirSync(directory).map((name) => [name, statSync(path.join(directory, name)).mode & 0o777]);
  expect(rights).toEqual([
    ["history.db", 0o600],
    ["history.db-shm", 0o600],
    ["history.db-wal", 0o600],
  ]);
});

test("what is no entry is noted, and stops nothing", () => {
  project(
    claimed(0),
    framed(1, 0, 2, runsStarted()),
    stored(2, Buffer.from("what?")),
    framed(3, 0, 3, { type: "RunCompleted", run: RUN, output: "1" }),
  );
  asking((db) => {
    expect(listRuns(db)).toMatchObject([{ id: RUN, status: "completed" }]);
    expect(gapsOf(db)).toMatchObject([{ partition: 0, offset: 2, code: "JOURNAL_DAMAGED" }]);
  });
});

test("an entry of a newer version is not passed over: it waits for the version that can read it, with nothing half done", () => {
  const unknown = Buffer.concat([Buffer.from([0xc3, 0x01]), Buffer.alloc(12, 7)]);
  expect(() => project(claimed(0), framed(1, 0, 2, runsStarted()), stored(2, unknown))).toThrow(/newer version/);
  asking((db) => expect(listRuns(db)).toEqual([]));
  project(claimed(0), framed(1, 0, 2, runsStarted()));
  asking((db) => expect(listRuns(db).length).toBe(1));
});

test("an old owner's frames count for nothing (R3)", () => {
  const completed: JournalRecord = { type: "RunCompleted", run: RUN, output: '"of a zombie"' };
  project(claimed(0), framed(1, 0, 2, runsStarted()), claimed(2, 0), framed(3, 0, 3, completed), framed(4, 2, 4));
  asking((db) => expect(showRun(db, RUN)).toMatchObject({ status: "running", output: null }));
});

test("missing frames, and a beginning that was deleted, are said (R11)", () => {
  project(framed(40, 30, 20, runsStarted()), framed(41, 30, 23));
  const gaps = asking((db) => gapsOf(db));
  expect(gaps.map(({ offset, code }) => [offset, code])).toEqual([[40, "JOURNAL_NO_HISTORY"], [41, "JOURNAL_GAP"]]); // prettier-ignore
  expect(gaps[1]?.reason).toContain("2 frames");
});

function setVersion(version: number): void {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA user_version = ${version}`);
  db.close();
}

test("a history that a newer version made is left to that", () => {
  project(claimed(0), framed(1, 0, 2, runsStarted()));
  setVersion(1_000);
  expect(() => new RunHistory(file, OF)).toThrow(expect.objectContaining({ code: "HISTORY_OTHER_VERSION" }));
  setVersion(HISTORY_VERSION);
  asking((db) => expect(listRuns(db).length).toBe(1));
});

test("a history of older tables is made anew, and asked no more until it is", () => {
  project(claimed(0), framed(1, 0, 2, runsStarted()));
  setVersion(HISTORY_VERSION - 1);
  expect(() => openToAsk(file)).toThrow(expect.objectContaining({ code: "HISTORY_OTHER_VERSION" }));
  using history = new RunHistory(file, OF);
  expect(history.positions()).toEqual(new Map());
  asking((asked) => expect(listRuns(asked)).toEqual([]));
});

test("another program's database, and another app's history, are left alone", () => {
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE precious (x)");
  db.close();
  expect(() => new RunHistory(file, OF)).toThrow(expect.objectContaining({ code: "HISTORY_NOT_OURS" }));
  expect(() => openToAsk(file)).toThrow(expect.objectContaining({ code: "HISTORY_NOT_OURS" }));
  rmSync(file);
  project(claimed(0));
  expect(() => new RunHistory(file, { app: "other", topic: "other.journal" })).toThrow(
    expect.objectContaining({ code: "HISTORY_OTHER_APP" }),
  );
});

test("what is no database, cannot be made, or is kept by another process, is said in words that help", () => {
  writeFileSync(file, "no database, but a text of somebody's ".repeat(100));
  expect(() => new RunHistory(file, OF)).toThrow(expect.objectContaining({ code: "HISTORY_NOT_OURS" }));
  expect(() => openToAsk(file)).toThrow(expect.objectContaining({ code: "HISTORY_NOT_OURS" }));
  expect(() => new RunHistory(path.join(directory, "not", "there.db"), OF)).toThrow(expect.objectContaining({ code: "HISTORY_UNUSABLE" }));
  rmSync(file);
  project(claimed(0));
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  expect(() => new RunHistory(file, OF)).toThrow(expect.objectContaining({ code: "HISTORY_UNUSABLE" }));
  // Who asks only, is not in anybody's way.
  asking((db) => expect(listRuns(db)).toEqual([]));
  other.close();
});

test("asking for what is not there says so", () => {
  expect(() => openToAsk(file)).toThrow(expect.objectContaining({ code: "HISTORY_NOT_THERE" }));
  project(claimed(0));
  expect(() => asking((db) => showRun(db, RUN))).toThrow(expect.objectContaining({ code: "HISTORY_NO_RUN" }));
});
