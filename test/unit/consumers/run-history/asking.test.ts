// Questions to a history: lists by filter and page, and lineage that ends, however long or round it is.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openToAsk, type HistoryDatabase } from "../../../../consumers/run-history/database.ts";
import { lineageOf, type RunNode } from "../../../../consumers/run-history/lineage.ts";
import { countRuns, listRuns } from "../../../../consumers/run-history/list-runs.ts";
import { RunHistory } from "../../../../consumers/run-history/run-history-sink.ts";
import { deriveRunId, type RunId } from "../../../../engine/core/ids.ts";
import { encodeClaim } from "../../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../../engine/journal/frame-formats.ts";
import { encodeEvent } from "../../../../engine/workflow/event/cloud-event.ts";
import type { EmissionOwed, JournalRecord } from "../../../../engine/workflow/records.ts";
import { batchOf } from "../../../support/run-history/batch.ts";
import { BOOM, runsStarted, step } from "../../../support/records.ts";

/** Runs in a row, each begun by an event of the one before; the last one's event has the id of the first one's. */
const LINKS = 30;
const idOf = (link: number): RunId => deriveRunId(1_000 + link, 0, "f", String(link));

let directory = "";
let db: HistoryDatabase;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-history-"));
  const file = path.join(directory, "history.db");
  using history = new RunHistory(file, { app: "shop", topic: "shop.journal" });
  const frames = Array.from({ length: LINKS }, (_, link) =>
    encodeFrame({ epoch: 0, nonce: 1, lsn: 2 + link, time: 1_000 + link, inputs: [], records: recordsOf(link) }),
  );
  const values = [encodeClaim({ nonce: 1, replaces: -1, worker: "w", time: 0 }), ...frames];
  const records = values.map((value, offset) => ({ offset, value, timestamp: 0, key: null, headers: {} }));
  history.write(batchOf("shop.journal", 0, 0, records));
  db = openToAsk(file);
});

afterAll(() => {
  db.close();
  rmSync(directory, { recursive: true, force: true });
});

function recordsOf(link: number): JournalRecord[] {
  const run = idOf(link);
  const event = { id: `e${link}`, name: "go/on", offset: link };
  return [
    runsStarted({ id: run, functionId: link % 2 === 0 ? "even" : "odd", event }),
    { type: "StepCompleted", run, step: step("tell"), output: null, began: 1 },
    sent(link, `e${(link + 1) % LINKS}`),
    link % 3 === 0 ? { type: "RunFailed", run, error: BOOM } : { type: "RunCompleted", run, output: null },
  ];
}

function sent(sequence: number, id: string): EmissionOwed {
  const { key, value, headers } = encodeEvent({ id, name: "go/on", data: "1", time: 9, key: null, source: "millrace/f" });
  const bytes = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));
  return { type: "EmissionOwed", sequence, target: "events", key, value, headers: bytes };
}

describe("lists", () => {
  test("are newest first, and come in pages", () => {
    const pages: string[] = [];
    for (let after: string | undefined; ;) {
      const page = listRuns(db, { limit: 7, ...(after === undefined ? {} : { after }) });
      if (page.length === 0) break;
      pages.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id;
    }
    expect(pages).toEqual(Array.from({ length: LINKS }, (_, n) => idOf(LINKS - 1 - n)));
  });

  test("are narrowed by function, status, event and time, all of them together", () => {
    const links = (filter: Parameters<typeof listRuns>[1]): number[] => listRuns(db, filter).map(({ event }) => Number(event?.id.slice(1)));
    expect(links({ functionId: "even", status: "failed" })).toEqual([24, 18, 12, 6, 0]);
    expect(links({ since: 1_010, until: 1_013 })).toEqual([12, 11, 10]);
    expect(links({ event: "go/on", since: 1_028 })).toEqual([29, 28]);
    expect(links({ event: "other" })).toEqual([]);
    expect(listRuns(db, { status: "failed", limit: 1 })).toMatchObject([
      { functionId: "odd", reason: "Error: boom", startedAt: 1_027, endedAt: 1_027 },
    ]);
  });

  test("can be counted", () => {
    expect(countRuns(db)).toEqual([
      { functionId: "even", status: "completed", count: 10 },
      { functionId: "even", status: "failed", count: 5 },
      { functionId: "odd", status: "completed", count: 10 },
      { functionId: "odd", status: "failed", count: 5 },
    ]);
  });
});

describe("lineage", () => {
  const depthOf = ({ effects }: RunNode): number => 1 + Math.max(0, ...effects.map(depthOf));

  test("goes both ways, and round no more than once", () => {
    const lineage = lineageOf(db, idOf(3), { levels: 100 });
    expect(lineage?.isCut).toBe(false);
    expect(lineage && depthOf(lineage.run)).toBe(LINKS);
    expect(lineage?.causes.slice(0, 2)).toMatchObject([
      { run: idOf(2), link: { by: "event", event: "go/on", step: "tell#0" } },
      { run: idOf(1) },
    ]);
    expect(lineage?.causes.length).toBe(LINKS - 1);
  });

  test("says so where it is cut off, by levels or by runs", () => {
    for (const limits of [{ levels: 4 }, { levels: 100, runs: 5 }]) {
      const lineage = lineageOf(db, idOf(3), limits);
      expect([lineage?.isCut, lineage && depthOf(lineage.run)]).toEqual([true, 5]);
    }
  });

  test("of a run that there is not is none", () => {
    expect(lineageOf(db, "nobody")).toBeNull();
  });
});
