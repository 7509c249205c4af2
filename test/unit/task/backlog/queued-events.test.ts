// Events of queued runs come back from the journal, whatever else stands in it, and memory is bounded (R1, R3, R16).
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunId } from "../../../../engine/core/ids.ts";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import type { TopicPartition } from "../../../../engine/log/log.ts";
import { turns } from "../../../support/fake-clock.ts";
import { happening, QueuedHistory } from "../../../support/queued-history.ts";
import { locate, longHistory, QueuedLine, shuffled, writeHistory } from "../../../support/queued-line.ts";
import { rounds } from "../../../support/rounds.ts";

let log: EmbeddedLog;
let journals = 0;

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
});

afterEach(() => log.close());

async function written(history: QueuedHistory): Promise<TopicPartition> {
  const journal = { topic: `journal-${++journals}`, partition: 0 };
  await writeHistory(log, journal, history);
  return journal;
}

const dense = fc.array(happening, { minLength: 1, maxLength: 120 });
/** A frame now and then, among a lot that has no number. */
const sparse = fc
  .array(fc.tuple(happening, fc.constantFrom(0, 1, 3, 60, 200)), { minLength: 1, maxLength: 30 })
  .map((history) => history.flatMap(([next, knocks]) => [next, ...Array.from({ length: knocks }, () => ({ kind: "knock" as const }))]));

test.each([
  ["dense", dense, 1_500],
  ["sparse", sparse, 400],
] as const)(
  "events of rows are those that were queued, whatever stands between the frames that count, in any order (R3): %s journals",
  async (_, histories, numRuns) => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.constantFrom("its claim" as const, "some" as const, "all" as const),
        fc.nat(),
        fc.boolean(),
        async (history, known, pick, isInOrder) => {
          const journal = new QueuedHistory();
          for (const next of history) journal.play(next);
          journal.claim();
          const line = new QueuedLine(log, await written(journal));
          locate(line, journal, known, pick);
          await line.take(isInOrder ? journal.rows : shuffled(journal.rows, pick), 10);
          await turns(3);
          expect(line.open).toBe(0);
        },
      ),
      rounds(numRuns),
    );
  },
  30_000,
);

test.each(["in order", "scattered"])("memory is bounded while ten thousand rows are read %s (R16)", async (order) => {
  const maxBytes = 512 * 1024;
  const journal = longHistory(1_000, 10, 500);
  const line = new QueuedLine(log, await written(journal), { maxBytes });
  locate(line, journal, "its claim", 0);
  await line.take(order === "in order" ? journal.rows : shuffled(journal.rows, 1), 200);
  expect(line.mostBytes).toBeLessThan(maxBytes);
  expect(line.mostOpen).toBeLessThanOrEqual(4);
});

test("in order, each entry is fetched about once", async () => {
  const journal = longHistory(2_000, 5, 200);
  const line = new QueuedLine(log, await written(journal));
  locate(line, journal, "its claim", 0);
  await line.take(journal.rows, 100);
  expect(line.entries).toBeLessThan(2 * journal.entries.length);
});

test("rows wanted here and there are read at several places at a time, and never at more than four (R16)", async () => {
  const journal = longHistory(3_000, 1, 1_000);
  const line = new QueuedLine(log, await written(journal));
  locate(line, journal, "all", 0);
  const far = journal.rows.filter((_, index) => index % 300 === 0);
  line.answering = Promise.withResolvers<void>();
  const taken = line.take(far, far.length * 2);
  await turns(10);
  expect(line.open).toBe(4);
  line.answering.resolve();
  await taken;
  expect(line.mostOpen).toBe(4);
});

test("a frame behind a hundred thousand entries without a number is found by reading a few of them", async () => {
  const journal = new QueuedHistory();
  for (let n = 0; n < 100_000; n++) journal.play({ kind: n % 1_000 === 0 ? "frame" : "knock", rows: 1 });
  journal.claim();
  const line = new QueuedLine(log, await written(journal));
  locate(line, journal, "its claim", 0);
  const row = journal.rows[50];
  await line.take(row === undefined ? [] : [row]);
  expect(line.entries).toBeLessThan(40_000);
});

test("what was queued just now is kept where there is room, and the log is not asked for it", async () => {
  const journal = longHistory(3, 10, 100);
  const line = new QueuedLine(log, { topic: "nowhere", partition: 0 });
  for (const { run, events } of journal.rows) line.events.queued(run, events);
  await line.take(journal.rows);
  expect([line.entries, line.events.bytes]).toEqual([0, 0]);
});

test("what was queued just now and found no room is read back", async () => {
  const journal = longHistory(40, 10, 1_000);
  const line = new QueuedLine(log, await written(journal), { maxBytes: 200_000 });
  for (const { run, events } of journal.rows) line.events.queued(run, events);
  expect(line.events.bytes).toBeLessThanOrEqual(100_000);
  locate(line, journal, "all", 0);
  await line.take(journal.rows);
  expect(line.mostBytes).toBeLessThanOrEqual(200_000);
});

test("a frame is not looked for before it is known to be in the log", async () => {
  const journal = new QueuedHistory();
  journal.frame(1);
  const line = new QueuedLine(log, await written(journal));
  line.events.located(1, 0);
  line.events.want(journal.rows);
  await turns(10);
  expect(line.entries).toBe(0);
  line.events.located(2, 1);
  await line.news();
  expect(line.events.get(runOf(journal))).toEqual(journal.rows[0]?.events);
});

function runOf({ rows }: QueuedHistory, index = 0): RunId {
  const row = rows[index];
  if (row === undefined) throw new Error("no such row");
  return row.run;
}

test("events that are larger than all room are read nevertheless, one run's at a time", async () => {
  const journal = longHistory(5, 2, 100_000);
  const line = new QueuedLine(log, await written(journal), { maxBytes: 1_000 });
  locate(line, journal, "its claim", 0);
  await line.take(journal.rows);
  expect(line.mostBytes).toBeLessThan(300_000);
  expect(line.entries).toBeLessThan(6 * journal.entries.length);
});

test("what was read and found no room is not read again before there is some", async () => {
  const journal = longHistory(5, 1, 100_000);
  const line = new QueuedLine(log, await written(journal), { maxBytes: 1_000_000 });
  locate(line, journal, "its claim", 0);
  line.events.want(journal.rows);
  await turns(50);
  const { entries } = line;
  await turns(50);
  expect(line.entries).toBe(entries);
  const areHere = (): readonly boolean[] => journal.rows.map(({ run }) => line.events.get(run) !== undefined);
  expect(areHere()).toEqual([true, true, false, false, false]);
  line.events.want(journal.rows.toReversed());
  await turns(50);
  expect(areHere()).toEqual([false, false, false, true, true]);
  await line.take(journal.rows);
});

test("a frame that was deleted is missed, loudly, and nothing is read after that (R11)", async () => {
  const journal = longHistory(900, 1, 100);
  const place = await written(journal);
  await log.trim(place, 20);
  const line = new QueuedLine(log, place);
  locate(line, journal, "its claim", 0);
  await line.take(journal.rows.slice(30, 60));
  line.events.want([3, 200, 400, 600, 800].flatMap((index) => journal.rows.slice(index, index + 1)));
  await expect(line.trouble()).rejects.toMatchObject({
    code: "QUEUED_EVENTS_LOST",
    message: expect.stringContaining(runOf(journal, 3)) as string,
  });
  const { entries } = line;
  line.events.want(journal.rows.slice(30));
  await turns(20);
  expect([line.failures.length, line.open, line.events.bytes, line.entries - entries]).toEqual([1, 0, 0, 0]);
});

test("a frame that is not where the log says, since it was made anew, is missed (R11)", async () => {
  const journal = longHistory(50, 1, 100);
  const other = new QueuedHistory();
  for (let n = 0; n < 60; n++) other.play({ kind: "strange frame", lsn: 1, repeats: false });
  const line = new QueuedLine(log, await written(other));
  locate(line, journal, "its claim", 0);
  line.events.want(journal.rows);
  await expect(line.trouble()).rejects.toMatchObject({ code: "QUEUED_EVENTS_LOST" });
});

test("a log that ends before the frame has lost it (R11)", async () => {
  const line = new QueuedLine(log, await written(longHistory(5, 1, 100)));
  const journal = longHistory(50, 1, 100);
  locate(line, journal, "all", 0);
  line.events.want(journal.rows.slice(30));
  await expect(line.trouble()).rejects.toMatchObject({ code: "QUEUED_EVENTS_LOST" });
});

test("an entry that cannot be read is told with its place", async () => {
  const journal = new QueuedHistory();
  journal.play({ kind: "knock" });
  journal.frame(1);
  journal.claim();
  journal.entries[1] = Buffer.from("something else");
  const line = new QueuedLine(log, await written(journal));
  locate(line, journal, "its claim", 0);
  line.events.want(journal.rows);
  await expect(line.trouble()).rejects.toMatchObject({ code: "JOURNAL_DAMAGED", message: expect.stringContaining("offset 1") as string });
});

test("when its task is over, nothing is read, told or kept", async () => {
  const journal = longHistory(500, 5, 1_000);
  const line = new QueuedLine(log, await written(journal));
  locate(line, journal, "its claim", 0);
  line.events.want(journal.rows);
  await line.news();
  line.abort.abort();
  await turns(10);
  expect([line.events.bytes, line.open, line.failures]).toEqual([0, 0, []]);
  line.events.queued(runOf(journal), []);
  line.events.want(journal.rows);
  await turns(10);
  expect([line.events.bytes, line.open, line.failures]).toEqual([0, 0, []]);
});

test("runs that are wanted again and again before they arrive are asked for once", async () => {
  const journal = longHistory(10, 1, 100);
  const line = new QueuedLine(log, await written(journal));
  locate(line, journal, "its claim", 0);
  line.answering = Promise.withResolvers<void>();
  for (let n = 0; n < 20; n++) {
    line.events.want(journal.rows);
    await turns(1);
  }
  line.answering.resolve();
  await line.take(journal.rows);
  expect([line.mostOpen, line.entries]).toEqual([1, journal.entries.length - 1]);
});
