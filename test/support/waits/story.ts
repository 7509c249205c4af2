// Random stories of waits: what runs do, what comes, who dies, and what the log does with what is appended.
import fc from "fast-check";
import { turns } from "../fake-clock.ts";
import { Crowd, TOPICS, type CrowdFunction } from "./crowd.ts";
import { judge } from "./judge.ts";
import type { Action } from "./script.ts";

const PARTITIONS = 3;
const VALUES = 2;

const value = fc.nat(VALUES - 1);
const partition = fc.nat(PARTITIONS - 1);
const timeoutMs = fc.constantFrom(null, null, 10, 700, 3_000, 3_000, 20_000);
const event = fc.constantFrom("a", "a", "a", "b");

const wait: fc.Arbitrary<Action> = fc.record(
  {
    kind: fc.constant("wait" as const),
    event,
    match: fc.constantFrom("data.id", "data.id", null),
    if: fc.constant("async.data.n > 1"),
    timeoutMs,
    lookbackMs: fc.constantFrom(0, 0, 0, 5_000, 1_800_000),
  },
  { requiredKeys: ["kind", "event", "match", "timeoutMs", "lookbackMs"] },
);
const action: fc.Arbitrary<readonly Action[]> = fc.oneof(
  { weight: 6, arbitrary: wait.map((one) => [one]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(wait, fc.integer({ min: 2, max: 4 }))
      .map(([one, times]) => Array<Action>(times).fill(one.kind === "wait" ? { ...one, lookbackMs: 0 } : one)),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        kind: fc.constant("signal" as const),
        signal: fc.constantFrom("s", "t"),
        timeoutMs,
        replaces: fc.boolean(),
      })
      .map((one) => [one]),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ kind: fc.constant("invoke" as const), functionId: fc.constantFrom("child", "childOfChild"), timeoutMs })
      .map((one) => [one]),
  },
  {
    weight: 3,
    arbitrary: fc
      .record(
        { kind: fc.constant("step" as const), ms: fc.constantFrom(0, 10, 3_000, 15_000), provokes: fc.constant("a") },
        { requiredKeys: ["kind", "ms"] },
      )
      .map((one) => [one]),
  },
  { weight: 1, arbitrary: fc.constantFrom(0, 2_500).map((ms) => [{ kind: "sleep" as const, ms }]) },
);
const script = fc.array(action, { minLength: 1, maxLength: 4, size: "max" }).map((parts) => parts.flat());

const happening = fc.oneof(
  { weight: 7, arbitrary: fc.record({ kind: fc.constant("event" as const), name: event, value, n: fc.nat(3), partition }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("go" as const), name: fc.constantFrom("go", "went"), value, partition }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("signal" as const), signal: fc.constantFrom("s", "t") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stop" as const), value, partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("copy" as const), name: event, value, partition }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.constantFrom(1, 5, 60, 500, 800, 3_000, 9_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("death" as const), partition, downMs: fc.constantFrom(0, 0, 300, 7_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("usurper" as const), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hand-over" as const), partition }) },
  // Somebody wants to see the state as it is in the log: nothing is decided meanwhile.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("digest" as const), partition }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("stall" as const),
      topic: fc.constantFrom(TOPICS.events, TOPICS.inbox),
      partition,
      ms: fc.constantFrom(50, 1_000, 12_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("outage" as const), ms: fc.constantFrom(2_000, 30_000) }) },
  // Longer than events are remembered.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("suspension" as const), ms: fc.constantFrom(5_000, 601_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("turns" as const), count: fc.nat(12) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const fate = fc.oneof(
  { weight: 10, arbitrary: fc.constant({ kind: "well" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("lost answers" as const), count: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("late" as const), turns: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("much later" as const), ms: fc.constantFrom(20, 600, 4_000) }) },
);

export interface Story {
  readonly first: readonly Action[];
  readonly second: readonly Action[];
  readonly isStoppable: boolean;
  /** All partitions have owners before anything happens. */
  readonly isReady: boolean;
  /** So many at once in a partition. */
  readonly maxActiveRuns: number;
  readonly happenings: readonly Happening[];
  readonly fates: readonly (typeof fate extends fc.Arbitrary<infer T> ? T : never)[];
}

export const story: fc.Arbitrary<Story> = fc.record({
  first: script,
  second: script,
  isStoppable: fc.boolean(),
  isReady: fc.constantFrom(true, true, false),
  maxActiveRuns: fc.constantFrom(1_000, 1_000, 2),
  happenings: fc.array(happening, { minLength: 1, maxLength: 50, size: "max" }),
  fates: fc.array(fate, { maxLength: 60, size: "max" }),
});

function functionsOf({ first, second, isStoppable }: Story): Readonly<Record<string, CrowdFunction>> {
  const cancelOn = isStoppable ? { cancelOn: [{ event: "stop", match: "data.id" }] } : {};
  return {
    first: { triggers: ["go"], script: first, ...cancelOn },
    // Events that others wait for begin runs as well.
    second: { triggers: ["went", "b"], script: second },
    child: { triggers: [], script: [{ kind: "wait", event: "a", match: "data.id", timeoutMs: 5_000, lookbackMs: 0 }] },
    childOfChild: { triggers: [], script: [{ kind: "invoke", functionId: "child", timeoutMs: null }] },
  };
}

interface Digest {
  readonly partition: number;
  readonly lsn: number;
  readonly digest: string;
}

/** Lines of the log that tell of nothing wrong. */
const ORDINARY: ReadonlySet<string> = new Set(["WAIT_PAST_RETENTION", "RUN_ALONE", "IMAGE_REJECTED"]);

/** Returns everything that must not be. */
export async function play(told: Story): Promise<readonly string[]> {
  const functions = functionsOf(told);
  const crowd = await Crowd.open(PARTITIONS, functions);
  crowd.maxActiveRuns = told.maxActiveRuns;
  const digests: Promise<Digest | null>[] = [];
  fail(crowd, told);
  crowd.ownAll();
  if (told.isReady) await crowd.clock.advance(1_500);
  for (const next of told.happenings) await happen(crowd, digests, next);
  crowd.log.onAppend = () => null;
  await crowd.settle(45_000);
  const complaints = [...(await judge(crowd, functions))];
  for (const { partition: place, lsn, digest } of (await Promise.all(digests)).filter((seen) => seen !== null)) {
    if (digest !== (await crowd.rebuiltDigest(place, lsn))) complaints.push(`partition ${place} was not as its journal says, at ${lsn}`);
  }
  complaints.push(...crowd.said.map(({ code }) => code).filter((code) => !ORDINARY.has(code)));
  for (const place of crowd.places()) {
    const live = await crowd.ownerOf(place)?.task.digest();
    if (live?.digest !== (await crowd.rebuiltDigest(place))) complaints.push(`a rebuild of partition ${place} differs`);
  }
  await crowd.close();
  return complaints;
}

/** What the log does to appends of tasks, by the story. */
function fail({ log, clock }: Crowd, { fates }: Story): void {
  let at = 0;
  log.onAppend = () => {
    const next = fates[at++];
    switch (next?.kind) {
      case "lost answers":
        return { lostAnswers: next.count };
      case "late":
        return { after: () => turns(next.turns) };
      case "much later":
        return { before: () => new Promise<void>((resolve) => void clock.setTimer(next.ms, resolve)) };
      default:
        return null;
    }
  };
}

async function happen(crowd: Crowd, digests: Promise<Digest | null>[], next: Happening): Promise<void> {
  const { clock, log } = crowd;
  switch (next.kind) {
    case "event":
      await crowd.send({ name: next.name, data: { id: next.value, n: next.n }, partition: next.partition });
      return;
    case "copy":
      for (let n = 0; n < 2; n++) {
        await crowd.send({ name: next.name, data: { id: next.value, n: 2 }, partition: next.partition, id: `copied ${next.value}` });
      }
      return;
    case "go":
    case "stop":
      await crowd.send({ name: next.kind === "go" ? next.name : "stop", data: { id: next.value }, partition: next.partition });
      return;
    case "signal":
      await crowd.signal(next.signal);
      return;
    case "time":
      await clock.advance(next.ms);
      return;
    case "suspension":
      clock.skip(next.ms);
      return;
    case "turns":
      await turns(next.count);
      return;
    case "death":
      crowd.kill(next.partition);
      clock.setTimer(next.downMs, () => crowd.own(next.partition));
      return;
    case "hand-over":
      crowd.handOver(next.partition);
      return;
    case "digest": {
      const task = crowd.ownerOf(next.partition)?.task;
      if (task?.status !== "RUNNING") return;
      // What a task that is over had decided last may be nowhere.
      digests.push(task.digest().then((seen) => (task.status === "CLOSED" ? null : { partition: next.partition, ...seen })));
      return;
    }
    case "usurper":
      crowd.own(next.partition);
      return;
    case "outage":
      for (const place of crowd.places()) crowd.kill(place);
      clock.setTimer(next.ms, () => crowd.ownAll());
      return;
    case "stall": {
      const before = log.onRead;
      const until = clock.monotonicMs() + next.ms;
      log.onRead = (read) => {
        const left = until - clock.monotonicMs();
        if (read.topic !== next.topic || read.partition !== next.partition || left <= 0) return before(read);
        return new Promise<void>((resolve) => void clock.setTimer(left, resolve));
      };
      return;
    }
  }
}
