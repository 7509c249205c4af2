// Owners forced upon one partition, on a log that answers late, loses answers and stands still: what is decided stays single.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Handler } from "../../engine/execution/function.ts";
import { decodeEntry } from "../../engine/journal/entry.ts";
import type { JournalRecord } from "../../engine/workflow/records.ts";
import { isOwner } from "../../engine/workflow/ownership/claim.ts";
import { foldEntry } from "../../engine/task/fold.ts";
import { emptyState } from "../../engine/workflow/state.ts";
import { turns } from "../support/fake-clock.ts";
import { rounds } from "../support/rounds.ts";
import type { AppendFault } from "../support/simulated-log.ts";
import { JOURNAL, TaskBench, TOPICS, type Owner } from "../support/task-bench.ts";

/** What happens at the n-th append to the journal. */
type Fate =
  | { readonly kind: "well" }
  | { readonly kind: "lost answers"; readonly count: number }
  | { readonly kind: "late"; readonly turns: number; readonly skipMs: number }
  | { readonly kind: "another owner"; readonly when: "before" | "between" | "after"; readonly skipMs: number };

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: "well" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("lost answers" as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("late" as const), turns: fc.nat(30), skipMs: fc.constantFrom(0, 0, 400, 1_200) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("another owner" as const),
      when: fc.constantFrom("before" as const, "between" as const, "after" as const),
      skipMs: fc.constantFrom(0, 0, 2_000),
    }),
  },
);

interface Story {
  readonly events: number;
  readonly fates: readonly Fate[];
  readonly pauses: readonly number[];
}

const story: fc.Arbitrary<Story> = fc.record({
  events: fc.integer({ min: 1, max: 6 }),
  fates: fc.array(fate, { minLength: 1, maxLength: 40 }),
  pauses: fc.array(fc.constantFrom(0, 0, 1, 300, 1_500), { minLength: 1, maxLength: 6 }),
});

interface Effect {
  readonly owner: string;
  readonly key: string;
  readonly atMs: number;
}

test("two owners or ten: each event is decided once, each step is recorded once, and nobody acts on what does not count (R3, R4, R5, R6)", async () => {
  await fc.assert(fc.asyncProperty(story, play), rounds(60));
}, 120_000);

async function play({ events, fates, pauses }: Story): Promise<void> {
  const bench = await TaskBench.open();
  const effects: Effect[] = [];
  /** When each owner's claim came to stand in the log, by the clock. */
  const claimedAt = new Map<string, number>();
  let count = 0;
  const openOwner = (): Owner => {
    const name = `owner-${++count}`;
    const handler: Handler = async ({ step, runId }) => {
      const effect = (key: string): number => effects.push({ owner: name, key: `${runId}/${key}`, atMs: bench.clock.monotonicMs() });
      await Promise.all([step.run("a", () => effect("a")), step.run("b", () => effect("b"))]);
      await step.sleep("nap", 700);
      await step.run("c", ({ attempt }) => {
        effect(`c${attempt}`);
        if (attempt === 0) throw new Error("once more");
      });
    };
    const owner = bench.owner(name, { handlers: { f: handler } });
    void owner.task.open();
    return owner;
  };
  const another = async (skipMs: number): Promise<void> => {
    if (count > 12) return;
    const owner = openOwner();
    for (let n = 0; n < 200 && owner.task.status !== "RUNNING" && owner.end === null; n++) await turns(1);
    bench.clock.skip(skipMs);
  };
  let at = 0;
  bench.log.onAppend = ({ target, records }): AppendFault | null => {
    if (target.topic !== TOPICS.journal) return null;
    const entry = decodeEntry(records[0]?.value ?? null);
    if (entry.kind === "claim") return { after: async () => void claimedAt.set(entry.claim.worker, bench.clock.monotonicMs()) };
    const next = fates[at++];
    switch (next?.kind) {
      case "lost answers":
        return { lostAnswers: next.count };
      case "late":
        return { after: () => turns(next.turns).then(() => bench.clock.skip(next.skipMs)) };
      case "another owner": {
        const fault = (): Promise<void> => another(next.skipMs);
        return next.when === "between" ? { lostAnswers: 1, between: fault } : { [next.when]: fault };
      }
      default:
        return null;
    }
  };
  openOwner();
  for (let n = 0; n < events; n++) {
    await bench.send(n % 2 === 0 ? {} : { id: `mine ${n}` });
    await bench.clock.advance(pauses[n % pauses.length] ?? 0);
    await turns(10);
  }
  await finish(bench, openOwner);
  bench.log.onAppend = () => null;
  await check(bench, events, effects, claimedAt);
  await bench.close();
}

/** Lets the last owner come to an end with everything; where all are fenced, another comes. */
async function finish(bench: TaskBench, openOwner: () => Owner): Promise<void> {
  for (let n = 0; n < 400; n++) {
    await turns(10);
    await bench.clock.advance(250);
    if (bench.owners.every(({ end }) => end !== null)) openOwner();
    const { sources, runs } = await bench.rebuild();
    const isDecided = [...sources.values()][0]?.next === (await bench.log.latestOffset({ topic: TOPICS.events, partition: 0 }));
    if (isDecided && runs.size === 0) {
      await bench.clock.advance(2_000);
      return;
    }
  }
  throw new Error("the partition does not come to an end");
}

async function check(bench: TaskBench, events: number, effects: readonly Effect[], claimedAt: ReadonlyMap<string, number>): Promise<void> {
  // The fold, entry by entry: which frames count.
  const state = emptyState(0, 1);
  const inForce = new Map<string, readonly JournalRecord[]>();
  const owners: string[] = [];
  for (const { offset, value } of await bench.log.readAll(JOURNAL)) {
    const entry = decodeEntry(value);
    const counted = foldEntry(state, offset, value);
    if (entry.kind === "claim" && counted.kind === "claim" && counted.counts) owners.push(entry.claim.worker);
    if (entry.kind === "frame" && counted.kind === "frame") {
      expect(isOwner(state, entry.frame)).toBe(true);
      inForce.set(`${entry.frame.epoch}/${entry.frame.lsn}`, entry.frame.records);
    }
  }
  const records = [...inForce.values()].flat();

  // Decided once: every event's runs, every step's outcome, every run's end.
  const decisions = records.flatMap((record) => decisionsOf(record));
  expect(decisions.length).toBe(new Set(decisions).size);
  expect(records.filter(({ type }) => type === "RunsStarted").length).toBe(events);
  expect(records.filter(({ type }) => type === "RunCompleted").length).toBe(events);

  // Released only what counts.
  const lsns = new Set(inForce.keys());
  for (const owner of bench.owners) {
    for (const frame of owner.frames) expect(lsns.has(`${owner.epoch}/${frame.lsn}`)).toBe(true);
  }

  // Nobody acts later than a second after the next owner's claim stood in the log.
  for (const { owner, atMs } of effects) {
    const next = owners[owners.indexOf(owner) + 1];
    const over = next === undefined ? Number.POSITIVE_INFINITY : (claimedAt.get(next) ?? Number.POSITIVE_INFINITY) + 1_000;
    expect(atMs).toBeLessThanOrEqual(over);
  }

  // At least once, and what was recorded never again by a later owner: at the most one more an owner.
  for (const key of new Set(effects.map((effect) => effect.key))) {
    const by = effects.filter((effect) => effect.key === key).map(({ owner }) => owner);
    expect(by.length).toBe(new Set(by).size);
  }
  const last = bench.owners.findLast(({ end }) => end === null);
  if (last !== undefined) expect(await last.digest()).toBe(await bench.rebuiltDigest());
}

function decisionsOf(record: JournalRecord): readonly string[] {
  switch (record.type) {
    case "RunsStarted":
      return [`event ${record.event.offset}`, ...record.runs.map(({ id }) => `started ${id}`)];
    case "StepCompleted":
    case "SleepStarted":
    case "SleepEnded":
      return [`${record.type} ${record.run}/${record.step}`];
    case "StepFailed":
      return [`failed ${record.run}/${record.step}/${record.attempt}`];
    case "RunCompleted":
    case "RunFailed":
      return [`over ${record.run}`];
    default:
      return [];
  }
}
