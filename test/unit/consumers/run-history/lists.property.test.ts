// Lists and counts of a history, whatever they are narrowed by and searched for: those rows that fit, each once, in order, in pages of any size.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openToAsk, type HistoryDatabase } from "../../../../consumers/run-history/database.ts";
import { countWanted } from "../../../../consumers/run-history/find-runs.ts";
import { pageOfEvents, type EventsWanted } from "../../../../consumers/run-history/list-events.ts";
import { countRuns, pageOfRuns, type ListedRun, type RunStatus, type RunsWanted } from "../../../../consumers/run-history/list-runs.ts";
import { RunHistory } from "../../../../consumers/run-history/run-history-sink.ts";
import { deriveRunId, type RunId } from "../../../../engine/core/ids.ts";
import { encodeClaim } from "../../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../../engine/journal/frame-formats.ts";
import type { JournalRecord } from "../../../../engine/workflow/records.ts";
import { batchOf } from "../../../support/run-history/batch.ts";
import { rounds, untilMet } from "../../../support/rounds.ts";
import { runQueued, runsStarted, triggerEvent } from "../../../support/records.ts";

/** More than are few for a search, so that both of its ways are gone. */
const RUNS = 2_500;
const FUNCTIONS = ["bill", "ship", "tell"];
const EVENTS = ["order/placed", "order/paid", "user/left"];

let directory = "";
let db: HistoryDatabase;
let all: readonly ListedRun[] = [];

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-lists-"));
  const file = path.join(directory, "history.db");
  using history = new RunHistory(file, { app: "shop", topic: "shop.journal" });
  const frames = Array.from({ length: RUNS / 5 }, (_, n) =>
    encodeFrame({
      epoch: 0,
      nonce: 1,
      lsn: 2 + n,
      time: 1_000 + n,
      inputs: [],
      records: [0, 1, 2, 3, 4].flatMap((k) => recordsOf(n * 5 + k)),
    }),
  );
  const values = [encodeClaim({ nonce: 1, replaces: -1, worker: "w", time: 0 }), ...frames];
  history.write(
    batchOf(
      "shop.journal",
      0,
      0,
      values.map((value, offset) => ({ offset, value, timestamp: 0, key: null, headers: {} })),
    ),
  );
  db = openToAsk(file);
  all = [...pageOfRuns(db, { limit: RUNS * 2 }).rows];
});

afterAll(() => {
  db.close();
  rmSync(directory, { recursive: true, force: true });
});

function recordsOf(n: number): readonly JournalRecord[] {
  const functionId = FUNCTIONS[(n * 7) % 3] ?? "";
  const event = {
    id: `e${n % 2_000}-${n}`,
    name: EVENTS[((n * 5) % 4) % 3] ?? "",
    key: n % 3 === 0 ? null : `k${n % 40}`,
    offset: n,
    appendedAt: 1_000 + Math.floor(n / 9),
  };
  const run: RunId = deriveRunId(900 + ((n * 31) % 500), 0, functionId, String(n));
  if (n % 11 === 0) return [runQueued(run, { functionId, events: [triggerEvent(event)] })];
  const begun = runsStarted({ id: run, functionId, event });
  switch (n % 4) {
    case 0:
      return [begun];
    case 1:
      return [begun, { type: "RunCompleted", run, output: "1" }];
    case 2:
      return [begun, { type: "RunFailed", run, error: { name: "Error", message: `No "room" at host-${n % 60}`, stack: null } }];
    default:
      return [begun, { type: "RunCancelled", run, reason: "enough" }];
  }
}

function began({ queuedAt, startedAt, endedAt }: ListedRun): number {
  return queuedAt ?? startedAt ?? endedAt ?? 0;
}

function fits(run: ListedRun, { functionId, statuses = [], event, since = 0, until = Infinity, search, searchIn }: RunsWanted): boolean {
  if (functionId !== undefined && run.functionId !== functionId) return false;
  if (statuses.length > 0 && !statuses.includes(run.status)) return false;
  if (event !== undefined && run.event?.name !== event) return false;
  if (began(run) < since || began(run) >= until) return false;
  if (search === undefined) return true;
  const isInMessage = run.status === "failed" && run.reason?.replace("Error: ", "").toLowerCase().includes(search.toLowerCase()) === true;
  return (
    run.id.startsWith(search.toUpperCase()) ||
    run.event?.id.startsWith(search) === true ||
    run.event?.key?.startsWith(search) === true ||
    (searchIn !== "ids" && search.length >= 3 && isInMessage)
  );
}

const time = fc.integer({ min: 990, max: 1_510 });
const statuses: readonly RunStatus[] = ["queued", "running", "completed", "failed", "cancelled", "parked"];
const searches = fc.oneof(
  fc.constantFrom("e", "e1", "e17", "k", "k3", "k39", "host-", "HOST-5", 'no "room"', "0", "none of these", "no"),
  fc.nat(RUNS - 1).map((n) => all[n % all.length]?.id.slice(0, 20) ?? ""),
);
/** One of three has it: all together hardly anything fits. */
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });
const wanted = fc
  .record({
    functionId: maybe(fc.constantFrom(...FUNCTIONS, "other")),
    statuses: maybe(fc.uniqueArray(fc.constantFrom(...statuses), { maxLength: 3 })),
    event: maybe(fc.constantFrom(...EVENTS)),
    since: maybe(time),
    until: maybe(time),
    search: maybe(searches),
    searchIn: maybe(fc.constantFrom("ids" as const, "ids and messages" as const)),
  })
  .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as RunsWanted);

test("pages of runs have what fits, each once, newest first", { timeout: 30_000 }, async () => {
  const seen = { empty: 0, some: 0, searched: 0, pages: 0 };
  await untilMet(
    () => seen,
    { empty: 10, some: 20, searched: 10, pages: 50 },
    () =>
      fc.assert(
        fc.property(wanted, fc.integer({ min: 20, max: 400 }), (filter, limit) => {
          const expected = all.filter((run) => fits(run, filter)).map(({ id }) => id);
          const found: string[] = [];
          for (let cursor: string | null | undefined; cursor !== null;) {
            const page = pageOfRuns(db, { ...filter, limit, ...(cursor === undefined ? {} : { cursor }) });
            expect(page.rows.length).toBeLessThanOrEqual(limit);
            found.push(...page.rows.map(({ id }) => id));
            cursor = page.next;
            seen.pages += 1;
          }
          expect(found).toEqual(expected);
          if (filter.search === undefined) expect(countWanted(db, filter)).toBe(expected.length);
          else seen.searched += 1;
          seen[expected.length === 0 ? "empty" : "some"] += 1;
        }),
        rounds(150),
      ),
  );
});

test("all are in order, and counted by function and status", () => {
  expect(all.length).toBe(RUNS);
  expect(all).toEqual(all.toSorted((a, b) => began(b) - began(a) || (a.id > b.id ? -1 : 1)));
  for (const { functionId, status, count } of countRuns(db)) {
    expect(all.filter((run) => run.functionId === functionId && run.status === status).length).toBe(count);
  }
});

test("pages of events have what fits, each once, newest first", () => {
  const events = all.flatMap(({ event }) => event ?? []);
  const filter: fc.Arbitrary<EventsWanted> = fc.record(
    {
      name: fc.constantFrom(...EVENTS),
      key: fc.constantFrom("k3", "k39", "none"),
      search: fc.constantFrom("e17", "PAID", "e1", "user", "nothing"),
      since: fc.integer({ min: 990, max: 1_300 }),
      until: fc.integer({ min: 990, max: 1_300 }),
    },
    { requiredKeys: [] },
  );
  const timeOf = (id: string): number => 1_000 + Math.floor(Number(id.slice(id.indexOf("-") + 1)) / 9);
  fc.assert(
    fc.property(filter, fc.integer({ min: 1, max: 300 }), ({ name, key, search, since = 0, until = Infinity }, limit) => {
      const expected = events.filter(
        (event) =>
          (name === undefined || event.name === name) &&
          (key === undefined || event.key === key) &&
          (search === undefined || event.name.includes(search.toLowerCase()) || event.id.startsWith(search)) &&
          timeOf(event.id) >= since &&
          timeOf(event.id) < until,
      );
      const found: string[] = [];
      const given = {
        ...(name === undefined ? {} : { name }),
        ...(key === undefined ? {} : { key }),
        ...(search === undefined ? {} : { search }),
        since,
        ...(until === Infinity ? {} : { until }),
      };
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = pageOfEvents(db, { ...given, limit, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...page.rows.map(({ id }) => id));
        cursor = page.next;
      }
      expect(found.toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
      expect(found.map(timeOf)).toEqual(found.map(timeOf).toSorted((a, b) => b - a));
    }),
    rounds(150),
  );
});
