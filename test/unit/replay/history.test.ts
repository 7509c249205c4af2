import { expect, test } from "vitest";
import type { RunId } from "../../../engine/core/ids.ts";
import { encodeClaim } from "../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../engine/journal/frame-formats.ts";
import { openEmbeddedLog, type EmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { openHistory, type History, type HistoryOptions } from "../../../engine/replay/history/history.ts";
import type { PastRun } from "../../../engine/replay/history/past-run.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { runId, runsStarted, stepCompleted } from "../../support/records.ts";
import { past } from "./past-app.ts";

const JOURNAL = { topic: "app.journal", partition: 0 };
const T = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** A journal as several owners write it. */
class Journal implements AsyncDisposable {
  readonly log: EmbeddedLog;
  #now = T;
  #lsn = 0;

  private constructor(log: EmbeddedLog) {
    this.log = log;
  }

  static async open(): Promise<Journal> {
    const journal: Journal = new Journal(await openEmbeddedLog({ path: ":memory:", now: () => journal.#now }));
    await journal.log.createTopics([{ topic: JOURNAL.topic, partitions: 1, settings: {} }]);
    return journal;
  }

  /** Returns its epoch. */
  async claim(replaces: number, { isStale = false } = {}): Promise<number> {
    const value = encodeClaim({ nonce: 7, replaces, worker: `of ${replaces}`, time: this.#now });
    const { baseOffset } = await this.log.append(JOURNAL, [{ key: null, value }]);
    if (!isStale) this.#lsn += 1;
    return baseOffset;
  }

  /** `isFenced`: of an owner that was replaced, which does not count. */
  async frame(epoch: number, records: readonly JournalRecord[], { isFenced = false, afterMs = 0 } = {}): Promise<number> {
    this.#now += afterMs;
    const lsn = isFenced ? this.#lsn : ++this.#lsn;
    const value = encodeFrame({ epoch, nonce: 7, lsn: isFenced ? lsn + 1 : lsn, time: this.#now, inputs: [], records });
    const { baseOffset } = await this.log.append(JOURNAL, [{ key: null, value }]);
    return baseOffset;
  }

  history(options: Partial<HistoryOptions> = {}): Promise<History> {
    return openHistory({ log: this.log, journal: JOURNAL.topic, partitions: 1, functionId: "f", ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close();
  }
}

test("a run is told with what its steps came to, in journal order, and how it ended", async () => {
  await using journal = await Journal.open();
  const epoch = await journal.claim(-1);
  await journal.frame(epoch, [runsStarted(), runsStarted({ id: runId("other"), functionId: "g" })]);
  await journal.frame(epoch, [stepCompleted("b", "2"), stepCompleted("a", "1"), stepCompleted("a", "9", runId("other"))]);
  await journal.frame(epoch, [ended(runId("run"))]);
  const history = await journal.history();
  const [run, ...others] = await all(history);
  expect(others).toEqual([]);
  expect(history).toMatchObject({ total: 1, missing: [] });
  expect(run?.end).toEqual({ kind: "completed", output: null });
  expect([...(run?.state.steps ?? [])].map(([key, step]) => [key, "order" in step ? step.order : null])).toEqual([
    ["b#0", 0],
    ["a#0", 1],
  ]);
});

test("frames of a fenced owner do not count, as the fold has it (R3)", async () => {
  await using journal = await Journal.open();
  const first = await journal.claim(-1);
  await journal.frame(first, [runsStarted()]);
  const second = await journal.claim(first);
  await journal.frame(first, [stepCompleted("a", "0"), ended(runId("run"))], { isFenced: true });
  await journal.claim(first, { isStale: true });
  await journal.frame(second, [stepCompleted("a", "1")]);
  const [run] = await all(await journal.history());
  expect(run?.end).toEqual({ kind: "running" });
  expect([...(run?.state.steps.values() ?? [])]).toMatchObject([{ status: "completed", output: "1" }]);
});

test("runs are chosen by when they started, and by their event", async () => {
  await using journal = await Journal.open();
  const epoch = await journal.claim(-1);
  for (let day = 0; day < 10; day++) {
    await journal.frame(epoch, [started(`run ${day}`, { day })], { afterMs: DAY });
    await journal.frame(epoch, [ended(runId(`run ${day}`))]);
  }
  const days = async (options: Partial<HistoryOptions>): Promise<readonly unknown[]> =>
    (await all(await journal.history(options))).map(({ state }) => (JSON.parse(state.event.data) as { day: number }).day);
  expect(await days({ since: T + 4 * DAY, until: T + 7 * DAY })).toEqual([3, 4, 5]);
  expect(await days({ where: "event.data.day >= 8" })).toEqual([8, 9]);
  expect(await days({ where: "event.data.missing == 8" })).toEqual([]);
  await expect(journal.history({ where: "event.data.day >" })).rejects.toThrow(expect.objectContaining({ code: "INVALID_EXPRESSION" }));
});

test("reading from the middle finds whose frames count by the frames themselves", async () => {
  await using journal = await Journal.open();
  const first = await journal.claim(-1);
  await journal.frame(first, [started("early")]);
  const second = await journal.claim(first);
  // By the time asked for, the owner that was replaced says something before its successor does.
  await journal.frame(first, [started("never")], { isFenced: true, afterMs: DAY });
  await journal.frame(second, [started("late")]);
  await journal.frame(second, [ended(runId("late"))]);
  const third = await journal.claim(second);
  await journal.frame(third, [started("later")]);
  const history = await journal.history({ since: T + DAY / 2 });
  expect((await all(history)).map(({ state }) => state.id)).toEqual([runId("late"), runId("later")]);
  expect(history.missing).toEqual([]);
});

test("what retention deleted is told: from where on there is something, and how many runs have lost their beginning (R11)", async () => {
  await using journal = await Journal.open();
  const epoch = await journal.claim(-1);
  await journal.frame(epoch, [started("gone"), started("beheaded")]);
  await journal.frame(epoch, [ended(runId("gone"))]);
  const kept = await journal.frame(epoch, [stepCompleted("a", "1", runId("beheaded"))], { afterMs: DAY });
  await journal.frame(epoch, [started("whole"), ended(runId("beheaded"))]);
  await journal.log.trim(JOURNAL, kept);
  const history = await journal.history();
  expect(history.missing).toEqual([{ partition: 0, offset: kept, time: T + DAY, beheaded: 1 }]);
  expect((await all(history)).map(({ state }) => state.id)).toEqual([runId("whole")]);
  // Of a time that is there as a whole, nothing is missing.
  expect((await journal.history({ since: T + 2 * DAY })).missing).toEqual([]);
});

test("a journal of which nothing is left says so", async () => {
  await using journal = await Journal.open();
  const epoch = await journal.claim(-1);
  const last = await journal.frame(epoch, [started("gone")]);
  await journal.log.trim(JOURNAL, last + 1);
  const history = await journal.history();
  expect(history).toMatchObject({ total: 0, missing: [{ partition: 0, offset: last + 1, time: null, beheaded: 0 }] });
  expect(await all(history)).toEqual([]);
});

test("a run that is repeated is told by the newest that repeats it, and those are not told for themselves", async () => {
  await using journal = await Journal.open();
  const epoch = await journal.claim(-1);
  const repeated = (run: string, original: string): JournalRecord => ({
    type: "RerunStarted",
    run: runId(run),
    original: runId(original),
    operation: "fix",
    emit: "changed",
    emitted: "{}",
    waits: "{}",
    needs: [],
  });
  await journal.frame(epoch, [started("one"), started("two")]);
  await journal.frame(epoch, [ended(runId("one")), ended(runId("two"))]);
  await journal.frame(epoch, [started("again"), repeated("again", "one"), ended(runId("again"))], { afterMs: DAY });
  await journal.frame(epoch, [started("once more"), repeated("once more", "again"), ended(runId("once more"))]);
  const told = async (options: Partial<HistoryOptions>): Promise<readonly (RunId | null)[][]> =>
    (await all(await journal.history(options))).map(({ state, original }) => [state.id, original]);
  expect(await told({ until: T + 1_000 })).toEqual([
    [runId("two"), null],
    [runId("once more"), runId("one")],
  ]);
  expect(await told({ since: T + 1_000 })).toEqual([]);
});

test("what does not fit into memory beside other open runs is read in a further round, and each run is told once (R16)", async () => {
  await using journal = await Journal.open();
  const epoch = await journal.claim(-1);
  const names = Array.from({ length: 100 }, (_, n) => `run ${n}`);
  for (const name of names) await journal.frame(epoch, [started(name, { text: "x".repeat(1_000) })]);
  for (const name of names) await journal.frame(epoch, [stepCompleted("a", `"${name}"`, runId(name)), ended(runId(name))]);
  const history = await journal.history({ maxHeldBytes: 20_000 });
  const told: string[] = [];
  for await (const { state } of history.runs()) {
    const step = [...state.steps.values()][0];
    told.push(step?.status === "completed" ? String(JSON.parse(step.output ?? "null")) : "nothing");
  }
  expect(history.total).toBe(100);
  expect(told.toSorted()).toEqual(names.toSorted());
  expect(told).not.toEqual(names.toSorted());
});

test("all partitions are read, and runs of all are told", async () => {
  await using app = await past(({ step, event }) => step.run("a", () => event.id), {
    partitions: 4,
    data: Array.from({ length: 40 }, (_, n) => n),
  });
  const history = await openHistory({ log: app.log, journal: JOURNAL.topic, partitions: 4, functionId: "f" });
  const runs = await all(history);
  expect(new Set(runs.map(({ partition }) => partition)).size).toBe(4);
  expect(new Set(runs.map(({ state }) => state.event.id)).size).toBe(40);
});

async function all(history: History): Promise<readonly PastRun[]> {
  const runs: PastRun[] = [];
  for await (const run of history.runs()) runs.push(run);
  return runs;
}

function started(name: string, data: object = {}): JournalRecord {
  return runsStarted({ id: runId(name), event: { id: name, data: JSON.stringify(data) } });
}

function ended(run: RunId): JournalRecord {
  return { type: "RunCompleted", run, output: null };
}
