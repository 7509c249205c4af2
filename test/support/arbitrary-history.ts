// Any record, bent to follow what is there: so that histories of random records meet the same few runs, waits and queues again and again.
import fc from "fast-check";
import { deriveRunId, stepKey, type RunId, type StepKey } from "../../engine/core/ids.ts";
import { sourceKey } from "../../engine/workflow/source/source.ts";
import type { InputRead, JournalRecord, RunQueued } from "../../engine/workflow/records.ts";
import type { PartitionState } from "../../engine/workflow/state.ts";
import { input, recordOf } from "./arbitrary-records.ts";
import { EVENTS, manifest } from "./records.ts";

/** The first more often than others. */
const RUNS: readonly RunId[] = ["a", "a", "a", "b", "b", "c", "d"].map((name) => deriveRunId(0, 3, name, "x"));
/** So many that a run's steps come to have cells of their own. */
const STEPS: readonly StepKey[] = Array.from({ length: 14 }, (_, n) => stepKey(n % 3 === 0 ? "odd / name @7" : "s", n));
const PARTITIONS = 3;
/** Of cells of flow: whatever people's values look like. */
const KEYS: readonly string[] = ["rate/f/", "once/f/s:a/b/7", "rate/f/s:@3", "s:\n\0😀", ""];
/** Of a limit that is here, and of one that is elsewhere. */
const POOLS: readonly string[] = ["fn/f/0/s:a/b", "2@/fn/f/1/", "app/k/s:1"];

export interface Draft {
  readonly record: JournalRecord;
  readonly picks: readonly number[];
}

const all: readonly fc.Arbitrary<JournalRecord>[] = Object.values(recordOf);

export const draft: fc.Arbitrary<Draft> = fc.record({
  record: fc.oneof(
    // Without runs that start, most of the others find nothing.
    { weight: 12, arbitrary: recordOf.RunsStarted },
    { weight: 40, arbitrary: recordOf.StepCompleted },
    { weight: 4, arbitrary: recordOf.RunCompleted },
    { weight: 4, arbitrary: recordOf.WaitClosed },
    { weight: 6, arbitrary: recordOf.WaitRegistered },
    { weight: 6, arbitrary: recordOf.EventKept },
    { weight: 20, arbitrary: recordOf.RunQueued },
    { weight: 8, arbitrary: recordOf.RunUnqueued },
    { weight: 6, arbitrary: recordOf.SlotsAsked },
    { weight: 8, arbitrary: recordOf.PermitsLeased },
    { weight: 4, arbitrary: recordOf.CellSet },
    ...all.map((arbitrary) => ({ weight: 2, arbitrary })),
  ),
  picks: fc.array(fc.nat(1_000), { minLength: 4, maxLength: 4 }),
});

/** Ids come from a pool, so some are seen before. */
export const readDraft: fc.Arbitrary<InputRead> = fc
  .tuple(input, fc.array(fc.nat(2_000), { maxLength: 12 }), fc.array(fc.nat(5), { maxLength: 3 }))
  .map(([read, ids, producers]) => ({
    ...read,
    topic: EVENTS.topic,
    partition: 0,
    ids: ids.map((id) => `id ${id}`),
    producers: producers.map((producer, index) => ({ producer: `p${producer}`, sequence: index })),
  }));

/** What begins every history: a source to read. */
export const FIRST: JournalRecord = manifest();

/** The record as it may follow `state`; null where it cannot. */
export function following(state: PartitionState, { record, picks }: Draft): JournalRecord | null {
  const [a = 0, b = 0, c = 0, d = 0] = picks;
  const run = at(RUNS, a);
  const step = at(STEPS, b);
  const partition = c % PARTITIONS;
  switch (record.type) {
    case "RunsStarted":
      return { ...record, runs: record.runs.map((started, index) => ({ ...started, id: at(RUNS, a + index), needs: needsOf(b + index) })) };
    case "RunCompleted":
    case "RunFailed":
    case "RunCancelled":
      // The one that most happens to lives longer.
      return { ...record, run: d % 4 === 0 ? run : at(RUNS, 3 + (a % 4)) };
    case "StepsCancelled":
      return { ...record, run, steps: Array.from({ length: c % STEPS.length }, (_, index) => at(STEPS, b + index)) };
    case "RunsResumed":
    case "RunsRested":
      return { ...record, runs: record.runs.map((_, index) => at(RUNS, a + index)) };
    case "ManifestActivated":
      return { ...manifest({ version: c, functions: [{ id: at(["f", "g"], d) }] }) };
    case "SourcePositionSet":
      return { ...record, topic: EVENTS.topic, partition: 0 };
    case "EmissionOwed":
      return { ...record, sequence: state.nextEmission };
    case "EmissionsConfirmed":
      return { ...record, through: Math.max(0, state.nextEmission - 1 - (c % 3)) };
    case "MessageSent":
      return { ...record, to: partition, sequence: state.outboxes.get(partition)?.next ?? 1 };
    case "MessagesConfirmed":
      return { ...record, to: partition, through: Math.max(0, (state.outboxes.get(partition)?.next ?? 1) - 1 - (d % 3)) };
    case "MessagesReceived":
    case "WatermarkRaised":
      return { ...record, from: partition };
    case "WaitRegistered":
      return { ...record, run, step, value: at(["1", "2"], c) };
    case "WaitClosed": {
      const open = [...state.waits.values()];
      return open.length === 0 ? null : { ...record, run: at(open, c).run, step: at(open, c).step };
    }
    case "EventTaken":
    case "OfferAdvanced":
      return { ...record, kept: Math.max(1, state.window.next - 1 - (c % 5)) };
    case "ScanAsked":
    case "ScanWanted":
    case "ScanAnswered":
    case "ShapeActivated":
      return { ...record, event: "e", path: at(["p", "q\nr"], c) };
    case "CronScheduled":
      return { ...record, function: "f", cron: at(["* * * * *", "0 9 * * *"], c) };
    case "RunQueued":
      return queuedAt(picks, record);
    // Numbers go up so far that rows come to stand in several cells.
    case "SlotsAsked":
      return { ...record, run, count: 1 + (c % 60) };
    case "CellSet":
    case "HeldWentOn":
      return { ...record, key: at(KEYS, c) };
    case "EventHeld":
      return { ...record, key: at(KEYS, c), run };
    case "CellsForgotten":
      return { ...record, keys: record.keys.map((_, index) => at(KEYS, c + index)) };
    case "PermitsHeld":
      return { ...record, need: at(POOLS, c) };
    case "PermitsLeased":
      return { ...record, pool: at(POOLS, c), to: d % PARTITIONS };
    case "SpreadAdvanced":
      return { ...record, key: at([...state.flow.spreads.keys(), ""], c) };
    case "EventConsumed":
      return { ...record, key: at(KEYS, a), owed: record.event === null ? null : state.consumer.nextOwed };
    case "HandlingFailed":
      return { ...record, number: Math.max(0, state.consumer.nextOwed - 1 - (c % 20)) };
    case "HandlingsTried":
    case "HandlingEnded":
      return { ...record, numbers: record.numbers.map((_, index) => Math.max(0, state.consumer.nextOwed - 1 - ((c + index) % 20))) };
    case "BackfillStarted":
    case "BackfillLocated":
    case "BackfillAdvanced":
    case "BackfillChanged":
    case "BackfillEnded":
    case "DigestTold":
    case "ConsumerSteered":
    case "ConsumerTold":
    case "EventSpread":
    case "EventKept":
    case "InputRejected":
    case "OwnerReleasing":
    case "OwnerReleased":
      return record;
    default:
      return "step" in record ? { ...record, run, step } : { ...record, run };
  }
}

/** Few runs that come and go, or one of many that stay, so that there are more rows than a cell of them holds. */
function queuedAt([a = 0, b = 0, c = 0, d = 0]: readonly number[], record: RunQueued): RunQueued {
  const run = d % 3 === 0 ? at(RUNS, a) : deriveRunId(a, 3, "queued", `${b}`);
  return { ...record, run, functionId: at(["f", "g"], a), needs: needsOf(b), share: at(["", "x"], c), weight: at([1_000, 2_000], d) };
}

function needsOf(pick: number): readonly string[] {
  return [[], [at(POOLS, pick)], POOLS.slice(0, 2)][pick % 3] ?? [];
}

/** A position goes up. */
export function readingOn(state: PartitionState, read: InputRead): InputRead {
  const next = (state.sources.get(sourceKey(EVENTS.topic, 0))?.next ?? 0) + 1;
  return { ...read, next, last: next - 1 };
}

function at<T>(pool: readonly T[], pick: number): T {
  return pool[pick % pool.length] as T;
}
