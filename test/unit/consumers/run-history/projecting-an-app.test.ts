// The history of an app that does a bit of everything: right, and the same in whatever portions and order its partitions are projected.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openToAsk } from "../../../../consumers/run-history/database.ts";
import { RunHistory } from "../../../../consumers/run-history/run-history-sink.ts";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import type { StoredRecord } from "../../../../engine/log/log.ts";
import { silentLogger } from "../../../../engine/observability/logger.ts";
import { feedToEnd } from "../../../../engine/worker/sink/run-sink.ts";
import { batchOf } from "../../../support/run-history/batch.ts";
import { dump } from "../../../support/run-history/dump.ts";
import { expectHistoryOf, isOver, placeOrders, shop } from "../../../support/run-history/shop.ts";
import { untilMet } from "../../../support/rounds.ts";

const ORDERS = 12;
const PARTITIONS = 3;
const OF = { app: "shop", topic: "shop.journal" };

let log: EmbeddedLog;
let directory = "";
let journal: readonly (readonly StoredRecord[])[] = [];
let whole = "";
let files = 0;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-history-"));
  log = await openEmbeddedLog({ path: ":memory:" });
  whole = await runTheShop();
  journal = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => readAll(partition)));
}, 30_000);

afterAll(async () => {
  await log.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Its history, projected by the app itself while it runs. */
async function runTheShop(): Promise<string> {
  const file = nextFile();
  const app = shop({ stopGraceMs: 1_000 }, { log });
  app.createSink({ id: "run-history", journal: (of) => new RunHistory(file, of) });
  await app.start();
  await placeOrders(app, 0, ORDERS);
  await vi.waitFor(() => expect(asked(file, (db) => isOver(db, ORDERS))).toBe(true), { timeout: 20_000, interval: 100 });
  await app.stop();
  return file;
}

test("says what the app did: runs, steps, attempts, waits, children, batches, what was skipped, and how one led to the other", () => {
  asked(whole, (db) => expectHistoryOf(db, ORDERS));
});

test("is the same made in one go, after the app has stopped", async () => {
  const file = nextFile();
  using history = new RunHistory(file, OF);
  const reports = await feedToEnd({ log, sink: history, topic: OF.topic, partitions: PARTITIONS, logger: silentLogger });
  expect(reports.map(({ state, lag }) => [state, lag])).toEqual(Array(PARTITIONS).fill(["ended", 0]));
  asked(file, (db) => expect(dump(db)).toEqual(asked(whole, dump)));
});

test("is the same in any portions, in any order of the partitions, and whenever its process dies", async () => {
  let restarts = 0;
  const step = fc.record({
    partition: fc.nat(PARTITIONS - 1),
    count: fc.integer({ min: 1, max: 40 }),
    dies: fc.nat(9).map((n) => n === 0),
  });
  await untilMet(
    () => ({ restarts }),
    { restarts: 5 },
    () =>
      fc.assert(
        fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
          const file = nextFile();
          let history = new RunHistory(file, OF);
          const rest = journal.map(() => ({ partition: 0, count: Infinity, dies: false })).map((one, partition) => ({ ...one, partition }));
          for (const { partition, count, dies } of [...steps, ...rest]) {
            const from = history.positions().get(partition)?.next ?? 0;
            const records = (journal[partition] ?? []).filter(({ offset }) => offset >= from).slice(0, count);
            if (records.length > 0) expect(history.write(batchOf(OF.topic, partition, from, records))).toBe("stored");
            if (!dies) continue;
            restarts += 1;
            history[Symbol.dispose]();
            history = new RunHistory(file, OF);
          }
          history[Symbol.dispose]();
          asked(file, (db) => expect(dump(db)).toEqual(asked(whole, dump)));
          rmSync(file);
        }),
        { numRuns: 15 },
      ),
  );
});

test("a batch that is written again, by another member, changes nothing (R8)", () => {
  const file = nextFile();
  using mine = new RunHistory(file, OF);
  using others = new RunHistory(file, OF);
  const batch = batchOf(OF.topic, 0, 0, journal[0] ?? []);
  expect(mine.write(batch)).toBe("stored");
  const before = asked(file, dump);
  expect(others.write(batch)).toBe("moved");
  expect(asked(file, dump)).toEqual(before);
});

test("a disk that is full is told as that, and once there is room the history is the same as without", () => {
  const file = nextFile();
  using history = new RunHistory(file, OF);
  const full = (change: string): void => {
    const db = new DatabaseSync(file);
    db.exec(change);
    db.close();
  };
  journal.forEach((records, partition) => {
    const half = Math.ceil(records.length / 2);
    const first = batchOf(OF.topic, partition, 0, records.slice(0, half));
    expect(history.write(first)).toBe("stored");
    // As SQLite has it when a page cannot be written: the transaction is over before anybody asks for it.
    full("CREATE TRIGGER no_room BEFORE UPDATE ON position BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END");
    const second = batchOf(OF.topic, partition, first.next, records.slice(half));
    expect(() => history.write(second)).toThrow("database or disk is full");
    full("DROP TRIGGER no_room");
    expect(history.write(second)).toBe("stored");
  });
  expect(asked(file, dump)).toEqual(asked(whole, dump));
});

async function readAll(partition: number): Promise<readonly StoredRecord[]> {
  const reader = log.openReader({ topic: OF.topic, partition, from: 0 });
  const all: StoredRecord[] = [];
  for (;;) {
    const { records, nextOffset, highWatermark } = await reader.next();
    all.push(...records);
    if (nextOffset < highWatermark) continue;
    reader.close();
    return all;
  }
}

function asked<T>(file: string, ask: (db: ReturnType<typeof openToAsk>) => T): T {
  const db = openToAsk(file);
  try {
    return ask(db);
  } finally {
    db.close();
  }
}

function nextFile(): string {
  return path.join(directory, `${files++}.db`);
}
