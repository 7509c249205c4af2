// Journals are trimmed only behind two images that were found whole, and never what is still needed (R1, R11).
import { expect, onTestFinished, test, vi } from "vitest";
import { LogError } from "../../../engine/log/errors.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { restoreWithImage } from "../../../engine/task/image/restore-with-image.ts";
import { JournalTrim, type JournalTrimOptions } from "../../../engine/task/journal-trim.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import { isTrailer, readRecordKey } from "../../../engine/journal/cells.ts";
import type { BackfillState } from "../../../engine/workflow/backfill/state.ts";
import type { QueuedRow } from "../../../engine/workflow/flow/lines/rows.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { until } from "../../support/fake-clock.ts";
import { RUN } from "../../support/records.ts";
import { JOURNAL, TaskBench, TOPICS, type Owner } from "../../support/task-bench.ts";

const DAY_MS = 86_400_000;
const ROW: QueuedRow = {
  run: RUN,
  functionId: "f",
  gate: "home",
  needs: [],
  share: "",
  weight: 1_000,
  score: 0,
  number: 0,
  startBy: null,
  lsn: 3,
  parent: null,
  singleton: null,
  cancels: [],
};
const BACKFILL: BackfillState = {
  id: "b",
  functionId: "f",
  rate: 0,
  since: null,
  until: null,
  mayRepeat: false,
  startedAt: 0,
  lsn: 1,
  status: "paused",
  reason: null,
  ranges: [],
};
const IMAGE = { topic: TOPICS.state, partition: 0 };

interface Trimmed {
  readonly bench: TaskBench;
  readonly owner: Owner;
  readonly said: unknown[];
  /** Runs come and go, an image is written, and days pass. */
  readonly live: (days: number) => Promise<void>;
  /** Begins to look. */
  readonly tick: () => void;
  readonly look: () => Promise<void>;
  readonly start: () => Promise<number>;
}

async function trimming(over: Partial<JournalTrimOptions> = {}, trimJournal?: () => Promise<never>): Promise<Trimmed> {
  const bench = await TaskBench.open({ f: {} });
  onTestFinished(() => bench.close());
  const owner = await bench.owner("a", { handlers: { f: ({ step }) => step.run("work", () => "done") } }).open();
  const said: unknown[] = [];
  const clock = bench.clock;
  const trim = new JournalTrim({
    log:
      trimJournal === undefined
        ? bench.log
        : new Proxy(bench.log, { get: (log, name) => (name === "trim" ? trimJournal : bound(log, name)) }),
    journal: JOURNAL,
    image: IMAGE,
    state: await bench.rebuild(),
    clock,
    logger: {
      ...silentLogger,
      warn: (fields) => void said.push((fields as { code?: unknown }).code),
      info: (fields) => void said.push(fields),
    },
    signal: new AbortController().signal,
    whenProved: (act) => act(),
    now: () => clock.wallMs(),
    retentionMs: 2 * DAY_MS,
    lookMs: 1_000,
    minEntries: 5,
    ...over,
  });
  const live = async (days: number): Promise<void> => {
    for (let n = 0; n < 10; n++) {
      await bench.send();
      await clock.advance(500);
    }
    await clock.advance(35_000);
    clock.setWall(clock.wallMs() + days * DAY_MS);
  };
  const tick = (): void => {
    clock.skip(1_000);
    trim.tick();
  };
  const look = async (): Promise<void> => {
    tick();
    await until("it has looked", () => !trim.isLooking);
  };
  return { bench, owner, said, live, tick, look, start: () => bench.log.earliestOffset(JOURNAL) };
}

test("what is old is deleted once a second image was found whole, and the next owner restores the same state (R1)", async () => {
  const { bench, owner, live, look, start, said } = await trimming();
  await live(3);
  await look();
  expect(await start()).toBe(0);
  await look();
  expect(await start()).toBe(0);
  await live(3);
  await look();
  const first = await start();
  expect(first).toBeGreaterThan(5);
  expect(said).toEqual([expect.objectContaining({ from: 0, to: first })]);
  const digest = await owner.digest();
  owner.task.abandon();
  expect(await restoredDigest(bench)).toBe(digest);
  const next = await bench.owner("b", { handlers: { f: () => null } }).open();
  expect(next.end).toBeNull();
  expect(next.said.filter(({ level }) => level === "error")).toEqual([]);
  await expect(bench.rebuild()).rejects.toMatchObject({ code: "JOURNAL_NO_HISTORY" });
});

test("what is younger than is wanted stays, however many images there are", async () => {
  const { live, look, start } = await trimming({ retentionMs: 1_000 * DAY_MS });
  for (let n = 0; n < 4; n++) {
    await live(3);
    await look();
  }
  expect(await start()).toBe(0);
});

test("an image that is not whole proves nothing (R1)", async () => {
  const { bench, live, look, start } = await trimming();
  await live(3);
  await look();
  await live(3);
  const records = await bench.log.readAll(IMAGE);
  const cell = records.findLast(({ key, value }) => value !== null && isCell(String(key)));
  await bench.log.appendAside(IMAGE, [{ key: cell?.key ?? null, value: null }]);
  await look();
  expect(await start()).toBe(0);
  // The owner finds what somebody else did, and writes all of it again.
  await live(3);
  await look();
  expect(await start()).toBeGreaterThan(0);
});

test("an image of another journal proves nothing: a successor would not take it (R1)", async () => {
  const other = { topic: "other.journal", partition: 0 };
  const { bench, live, look } = await trimming({ journal: other });
  await live(3);
  const entries = await bench.log.readAll(JOURNAL);
  await bench.log.createTopics([{ topic: other.topic, partitions: 1, settings: {} }]);
  // As long, and no frame stands where the image says.
  for (const { value } of entries.toReversed()) await bench.log.append(other, [{ key: null, value }]);
  for (let n = 0; n < 4; n++) {
    await live(3);
    await look();
  }
  expect(await bench.log.earliestOffset(other)).toBe(0);
});

test.each([
  ["a run that waits to start", (state: PartitionState) => void state.flow.rows.add(ROW)],
  ["a backfill that is under way", (state: PartitionState) => void state.backfills.set(BACKFILL.id, BACKFILL)],
])("what %s needs stays (R11)", async (_, holding) => {
  const state = emptyState(0, 1);
  holding(state);
  const { live, look, start } = await trimming({ state });
  for (let n = 0; n < 3; n++) {
    await live(3);
    await look();
  }
  expect(await start()).toBe(0);
  state.flow.rows.remove(ROW.run);
  state.backfills.clear();
  await live(3);
  await look();
  expect(await start()).toBeGreaterThan(0);
});

test("an owner that others replaced while it looked deletes nothing: they may need what it knows nothing of (R3, R11)", async () => {
  const proofs: (() => void)[] = [];
  const state = emptyState(0, 1);
  const { live, look, tick, said, start } = await trimming({ state, whenProved: (act) => void proofs.push(act) });
  await live(3);
  await look();
  await live(3);
  tick();
  await until("it asks whether it owns the partition", () => proofs.length > 0);
  expect(await start()).toBe(0);
  // It does after all, and learned of a backfill meanwhile.
  state.backfills.set(BACKFILL.id, BACKFILL);
  for (const act of proofs.splice(0)) act();
  await look();
  expect(await start()).toBe(0);
  expect(said).toEqual([]);
});

test("nothing is older because a broker's clock was a year ahead: there is no way back from that", async () => {
  let brokers = (): number => 0;
  const { bench, live, look, start } = await trimming({ retentionMs: 30 * DAY_MS, now: () => brokers() });
  brokers = () => bench.clock.wallMs() + 365 * DAY_MS;
  for (let n = 0; n < 3; n++) {
    await live(3);
    await look();
  }
  expect(await start()).toBe(0);
});

test("who may not delete is told once, and does not try again", async () => {
  const refusal = new LogError("LOG_NOT_AUTHORIZED", "no");
  const { live, look, said } = await trimming({}, () => Promise.reject(refusal));
  for (let n = 0; n < 4; n++) {
    await live(3);
    await look();
  }
  expect(said).toEqual(["JOURNAL_NOT_TRIMMED"]);
});

/** From the image, and what the journal still has. */
async function restoredDigest({ log }: TaskBench): Promise<string> {
  const state = emptyState(0, 1);
  const refused = vi.fn();
  const { signal } = new AbortController();
  await restoreWithImage({ log, journal: JOURNAL, image: IMAGE, state, signal, onRejected: refused, onReady: () => {} });
  expect(refused).not.toHaveBeenCalled();
  return stateDigest(state);
}

function isCell(key: string): boolean {
  const place = readRecordKey(key);
  return place !== null && !isTrailer(place);
}

function bound(log: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(log, name, log);
  return typeof value === "function" ? value.bind(log) : value;
}
