// What should have happened and did not: events that a function is triggered by, and that no run of it followed, as the log has it.
//
//   events of a span of time ──▶ without those that journals tell of ──▶ without those that did not count ──▶ missing
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import type { Reading } from "../../task/read-event.ts";
import { restoreWithImage } from "../../task/image/restore-with-image.ts";
import { originOf } from "../../workflow/event/origin.ts";
import { asItIs, type OpenData } from "../../workflow/expression/event-facts.ts";
import { sourceKey } from "../../workflow/source/source.ts";
import { emptyState, type PartitionState } from "../../workflow/state.ts";
import type { TriggerEvent } from "../../workflow/records.ts";
import type { FunctionSpec, SourceSpec } from "../../workflow/trigger/manifest.ts";
import { copiesAmong } from "./copies.ts";
import { expectedEvents, type ExpectedEvent, type Span } from "./expected.ts";
import { Traces } from "./traces.ts";

/**
 * - `missing`: nothing tells that it ever came to the function.
 * - `unread`: its partition has not read it yet.
 * - `waiting`: it came to the function, and no run has begun with it.
 */
export type Lack = "missing" | "unread" | "waiting";

export interface Lacking {
  readonly lack: Lack;
  readonly event: TriggerEvent;
}

export interface Reconciled {
  /** How many events it is about. */
  readonly events: number;
  /** Of them: with a run; and left out on purpose, as a gate, a dead letter or a cancellation has it. */
  readonly started: number;
  readonly leftOut: number;
  /** They did not count for the function: from before it was deployed, or second copies. */
  readonly notCounted: number;
  readonly lacking: readonly Lacking[];
  /** Journals that have lost something of that time: of what their partitions read, nothing is said. */
  readonly blind: readonly { readonly partition: number; readonly offset: number }[];
}

export interface ReconcileOptions extends Span {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
  readonly spec: FunctionSpec;
  readonly sources: readonly SourceSpec[];
  readonly reading: Reading;
  /** Of data that is sealed. Default: nothing is. */
  readonly open?: OpenData;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Brokers stamp what they take one after the other, each by its own clock. */
const SLACK_MS = 60_000;

/** @throws JournalError, LogError, the signal's reason */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const { log, spec, sources, reading, open: openData = asItIs, signal = new AbortController().signal, since, until, onProgress } = options;
  const expected: ExpectedEvent[] = [];
  for (const source of sources) {
    for await (const one of expectedEvents({ log, spec, reading, open: openData, signal }, source, { since, until })) expected.push(one);
  }
  const { traces, blind, read } = await readTraces(options, signal, onProgress);
  const fates = { started: 0, leftOut: 0 };
  const open: ExpectedEvent[] = [];
  const lacking: Lacking[] = [];
  for (const one of expected) {
    const fate = traces.fateOf(originOf(one.event));
    if (fate === "started") fates.started += 1;
    else if (fate === "left-out" || (fate === "entered" && isGathered(spec))) fates.leftOut += 1;
    else if (fate === "entered") lacking.push({ lack: "waiting", event: one.event });
    else open.push(one);
  }
  const untraced = await judge(open, options, blind, signal);
  // A state that is newer than the traces knows of events whose traces are newer, too.
  if (untraced.some(({ lack }) => lack === "missing")) await read();
  let late = 0;
  for (const lack of untraced) {
    if (lack.lack === "missing" && traces.fateOf(originOf(lack.event)) !== null) late += 1;
    else lacking.push(lack);
  }
  const notCounted = open.length - untraced.length;
  return { events: expected.length, ...fates, started: fates.started + late, notCounted, lacking, blind };
}

/** Of its events, some are for others to begin a run with: none of them waits alone. */
function isGathered({ flow }: FunctionSpec): boolean {
  return flow?.debounce !== undefined || flow?.batch !== undefined;
}

interface Read {
  readonly traces: Traces;
  readonly blind: Reconciled["blind"];
  /** What came since. */
  readonly read: () => Promise<void>;
}

async function readTraces(
  { log, topics, partitions, spec, since }: ReconcileOptions,
  signal: AbortSignal,
  onProgress: ReconcileOptions["onProgress"],
): Promise<Read> {
  const traces = new Traces(spec.id);
  const blind: { partition: number; offset: number }[] = [];
  const froms: number[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const journal = { topic: topics.journal, partition };
    const start = await log.earliestOffset(journal);
    const from = await log.offsetForTime(journal, since - SLACK_MS);
    if (start > 0 && from <= start) blind.push({ partition, offset: start });
    froms.push(Math.max(from, start));
  }
  const read = async (): Promise<void> => {
    for (const [partition, from] of froms.entries()) {
      froms[partition] = await traces.read(log, { topic: topics.journal, partition }, from, signal);
      onProgress?.(partition + 1, partitions);
    }
  };
  await read();
  return { traces, blind, read };
}

/** Events without a trace: most of them did not count, and the partition that reads them knows. */
async function judge(
  open: readonly ExpectedEvent[],
  options: ReconcileOptions,
  blind: Reconciled["blind"],
  signal: AbortSignal,
): Promise<readonly Lacking[]> {
  if (open.length === 0) return [];
  const { spec, partitions } = options;
  const blindOnes = new Set(blind.map(({ partition }) => partition));
  const copies = await copiesAmong(open, options, signal);
  const states = new Map<number, PartitionState>();
  const lacking: Lacking[] = [];
  for (const { event } of open) {
    const reader = event.partition % partitions;
    if (blindOnes.has(reader) || copies.has(originOf(event))) continue;
    let state = states.get(reader);
    if (state === undefined) states.set(reader, (state = await stateOf(reader, options, signal)));
    const lack = lackOf(state, spec.id, event);
    if (lack !== null) lacking.push({ lack, event });
  }
  return lacking;
}

function lackOf(state: PartitionState, functionId: string, { topic, partition, offset }: TriggerEvent): Lack | null {
  const key = sourceKey(topic, partition);
  const counts = state.seams.get(functionId)?.from.get(key);
  if (counts === undefined || offset < counts) return null;
  const source = state.sources.get(key);
  return source === undefined || offset >= source.next ? "unread" : "missing";
}

/** As the log has it now; whoever owns the partition does not notice. */
async function stateOf(partition: number, { log, topics, partitions }: ReconcileOptions, signal: AbortSignal): Promise<PartitionState> {
  const state = emptyState(partition, partitions);
  await restoreWithImage({
    log,
    journal: { topic: topics.journal, partition },
    image: { topic: topics.state, partition },
    state,
    signal,
    onRejected: () => {},
    onReady: () => {},
  });
  return state;
}
