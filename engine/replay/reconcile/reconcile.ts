// What should have happened and did not: events that a function is triggered by, and that no run of it followed, as the log has it.
//
//   events of a span of time ──▶ without those that journals tell of ──▶ without those that did not count ──▶ missing
import type { Sealing } from "../../core/sealing.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import type { Reading } from "../../task/read-event.ts";
import { restoreWithImage } from "../../task/image/restore-with-image.ts";
import { eventTriggers } from "../../workflow/backfill/seams.ts";
import { originOf } from "../../workflow/event/origin.ts";
import { sourceKey } from "../../workflow/source/source.ts";
import { emptyState, type PartitionState } from "../../workflow/state.ts";
import type { FunctionSpec, SourceSpec } from "../../workflow/trigger/manifest.ts";
import { canonicalTriggers } from "../../workflow/trigger/trigger-spec.ts";
import { copiesAmong } from "./copies.ts";
import { expectedEvents, type ExpectedEvent, type PlacedEvent, type Span } from "./expected.ts";
import { spansOf } from "./spans.ts";
import { Traces, type Fate } from "./traces.ts";

/**
 * - `missing`: nothing tells that it ever came to the function.
 * - `unread`: its partition has not read it yet.
 * - `waiting`: it came to the function, and no run has begun with it.
 */
export type Lack = "missing" | "unread" | "waiting";

export interface Lacking {
  readonly lack: Lack;
  readonly event: PlacedEvent;
}

export interface Reconciled {
  /** How many events it is about. */
  readonly events: number;
  /**
   * Of them: with a run; and left out on purpose, as a gate, a dead letter or a cancellation has it. Debounces and batches gather events for one run:
   * such an event is of the one or the other, by whether the run came soon.
   */
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
  /** Opens data of subjects. Default: nothing is sealed. */
  readonly sealing?: Sealing | null;
  readonly signal?: AbortSignal;
  /** In pieces of work, of which there are more the longer the time. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Default: 50,000. */
  readonly maxRecords?: number;
}

/** Brokers stamp what they take one after the other, each by its own clock. */
const SLACK_MS = 60_000;
/** Of sources, at a time: what is known of each takes a few hundred bytes. */
const MAX_RECORDS = 50_000;

export interface ReconciledPart extends Reconciled, Span {}

/** @throws JournalError, LogError, the signal's reason */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const sum = { events: 0, started: 0, leftOut: 0, notCounted: 0 };
  const lacking: Lacking[] = [];
  const blind = new Map<number, Reconciled["blind"][number]>();
  for await (const part of reconcileInParts(options)) {
    for (const name of COUNTS) sum[name] += part[name];
    for (const one of part.lacking) lacking.push(one);
    for (const one of part.blind) if (!blind.has(one.partition)) blind.set(one.partition, one);
  }
  return { ...sum, lacking, blind: [...blind.values()] };
}

const COUNTS = ["events", "started", "leftOut", "notCounted"] as const;

/** The same, some of the time after the other: so that no more is held than has room, however long the time (R16). */
export async function* reconcileInParts(options: ReconcileOptions): AsyncGenerator<ReconciledPart> {
  const { log, sources, since, until, partitions, maxRecords = MAX_RECORDS, onProgress } = options;
  const spans = await spansOf(log, sources, { since, until }, maxRecords);
  for (const [index, span] of spans.entries()) {
    const progress = (done: number): void => onProgress?.(index * partitions + done, spans.length * partitions);
    yield { ...span, ...(await reconcilePart({ ...options, ...span, onProgress: progress })) };
  }
}

async function reconcilePart(options: ReconcileOptions): Promise<Reconciled> {
  const { log, spec, sources, reading, sealing = null, signal = new AbortController().signal, since, until } = options;
  const expected: ExpectedEvent[] = [];
  for (const source of sources) {
    for await (const one of expectedEvents({ log, spec, reading, sealing, signal }, source, { since, until })) expected.push(one);
  }
  const traces = new Traces(spec.id, new Set(expected.map(({ event }) => originOf(event))));
  const journals = new Journals(options, traces, signal);
  await journals.begin();
  // As a rule it all happens at once, and little of the journals is read.
  if (expected.length > 0) await journals.readUntil(until + SLACK_MS);
  const fateOf = ({ event }: ExpectedEvent): Fate | null => traces.fateOf(originOf(event));
  const judged = await judge(
    expected.filter((one) => fateOf(one) === null),
    options,
    journals.blind,
    signal,
  );
  const waits = !isGathered(spec) && expected.some((one) => fateOf(one) === "entered");
  // A state that is newer than the traces knows of events whose traces are newer, too.
  if (waits || judged.size > 0) await journals.readUntil(null);
  options.onProgress?.(options.partitions, options.partitions);
  const counts = { started: 0, leftOut: 0, notCounted: 0 };
  const lacking: Lacking[] = [];
  for (const one of expected) {
    const fate = fateOf(one);
    const lack = fate === null ? judged.get(originOf(one.event)) : fate === "entered" && !isGathered(spec) ? "waiting" : undefined;
    if (lack !== undefined) lacking.push({ lack, event: one.event });
    else if (fate === null) counts.notCounted += 1;
    else if (fate === "started") counts.started += 1;
    else counts.leftOut += 1;
  }
  return { events: expected.length, ...counts, lacking, blind: journals.blind };
}

/** Of its events, some are for others to begin a run with: none of them waits alone. */
function isGathered({ flow }: FunctionSpec): boolean {
  return flow?.debounce !== undefined || flow?.batch !== undefined;
}

/** The journals of all partitions, read from where the time begins. */
class Journals {
  readonly blind: { readonly partition: number; readonly offset: number }[] = [];
  readonly #options: ReconcileOptions;
  readonly #traces: Traces;
  readonly #signal: AbortSignal;
  /** By partition: what is not read yet. */
  readonly #froms: number[] = [];

  constructor(options: ReconcileOptions, traces: Traces, signal: AbortSignal) {
    this.#options = options;
    this.#traces = traces;
    this.#signal = signal;
  }

  async begin(): Promise<void> {
    const { log, partitions, since } = this.#options;
    for (let partition = 0; partition < partitions; partition++) {
      const journal = this.#journal(partition);
      const start = await log.earliestOffset(journal);
      const from = await log.offsetForTime(journal, since - SLACK_MS);
      if (start > 0 && from <= start) this.blind.push({ partition, offset: start });
      this.#froms.push(Math.max(from, start));
    }
  }

  /** `time`: milliseconds since 1970 by the log's clock; null: to their ends. */
  async readUntil(time: number | null): Promise<void> {
    const { log, onProgress, partitions } = this.#options;
    for (const [partition, from] of this.#froms.entries()) {
      const journal = this.#journal(partition);
      const end = time === null ? await log.latestOffset(journal) : await log.offsetForTime(journal, time);
      this.#froms[partition] = await this.#traces.read(log, journal, { from, end }, this.#signal);
      if (time !== null) onProgress?.(partition + 1, partitions);
    }
  }

  #journal(partition: number): TopicPartition {
    return { topic: this.#options.topics.journal, partition };
  }
}

/** Events without a trace, by their origins: most of them did not count and are not among them, as the partition that reads them knows. */
async function judge(
  open: readonly ExpectedEvent[],
  options: ReconcileOptions,
  blind: Reconciled["blind"],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Lack>> {
  const lacking = new Map<string, Lack>();
  if (open.length === 0) return lacking;
  const { spec, partitions } = options;
  const blindOnes = new Set(blind.map(({ partition }) => partition));
  const copies = await copiesAmong(open, options, signal);
  const states = new Map<number, PartitionState>();
  for (const { event } of open) {
    const reader = event.partition % partitions;
    if (blindOnes.has(reader) || copies.has(originOf(event))) continue;
    let state = states.get(reader);
    if (state === undefined) states.set(reader, (state = await stateOf(reader, options, signal)));
    const lack = lackOf(state, spec, event);
    if (lack !== null) lacking.set(originOf(event), lack);
  }
  return lacking;
}

/** Of events, as a deployment of this function would have them: equal where the same events begin its runs. */
export function deployedTriggers({ triggers }: Pick<FunctionSpec, "triggers">): string {
  return eventTriggers({ triggers: canonicalTriggers(triggers) });
}

/** Null as well where the deployment in force has other triggers than who asks, as in the middle of a deployment: it is right not to have started it. */
function lackOf(state: PartitionState, spec: FunctionSpec, { topic, partition, offset }: PlacedEvent): Lack | null {
  const key = sourceKey(topic, partition);
  const seam = state.seams.get(spec.id);
  const counts = seam?.from.get(key);
  if (seam?.triggers !== deployedTriggers(spec)) return null;
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
