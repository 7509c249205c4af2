// What the code of one deployment wants: functions, their triggers, the topics they read. One manifest decides at a time (closed world).
import { canonicalConsumer, type ConsumerSpec } from "../consumer/spec.ts";
import { endsOf } from "../backfill/end.ts";
import { evolveSeams } from "../backfill/seams.ts";
import { cronChanges } from "../cron/activate.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { FlowSpec } from "../flow/spec.ts";
import type { ManifestActivated, SourcePosition } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { sourceKey } from "../source/source.ts";
import { appLimitsOf } from "../flow/limits/limits.ts";
import { TriggerIndex } from "./match.ts";
import { canonicalTriggers, type TriggerSpec } from "./trigger-spec.ts";

export interface FunctionSpec {
  readonly id: string;
  readonly triggers: readonly TriggerSpec[];
  readonly onFailure: boolean;
  readonly onCancel?: true;
  readonly cancelOn?: readonly CancelSpec[];
  readonly timeouts?: TimeoutsSpec;
  readonly flow?: FlowSpec;
}

/** An event that cancels a run; `match` or `if` say of which run. */
export interface CancelSpec {
  readonly event: string;
  readonly match?: string;
  readonly if?: string;
  /** How long after its start a run is watched. */
  readonly timeoutMs?: number;
}

export interface TimeoutsSpec {
  /** How long a run may wait for its code to be called. */
  readonly startMs?: number;
  /** How long it may take in all. */
  readonly finishMs?: number;
}

export interface SourceSpec {
  readonly topic: string;
  /** How many partitions it had when the manifest was made; partition q belongs to task q mod P. */
  readonly partitions: number;
  /** Where a partition begins that was never read before. */
  readonly from: "beginning" | "now" | { readonly time: number };
  /** Ids mean nothing here: only an offset counts once. Else an event that comes again, by its id, is passed over. */
  readonly ignoreIds?: true;
}

export interface ManifestContent {
  readonly functions: readonly FunctionSpec[];
  readonly sources: readonly SourceSpec[];
  /** Where the app is a consumer. */
  readonly consumer?: ConsumerSpec;
}

export interface ActiveManifest {
  readonly version: number;
  readonly hash: string;
  readonly content: string;
  readonly functions: ReadonlyMap<string, FunctionSpec>;
  readonly sources: readonly SourceSpec[];
  /** Topics whose events' ids mean nothing. */
  readonly idsIgnored: ReadonlySet<string>;
  readonly index: TriggerIndex;
  /** Null where the app has functions. */
  readonly consumer: ConsumerSpec | null;
  /** See flow/limits/limits.ts. */
  readonly appLimits: ReadonlyMap<string, number>;
}

/** A manifest was seen in the functions topic. `starts`: where sources begin that this partition has not read before. */
export interface ActivateManifest {
  readonly type: "ActivateManifest";
  readonly version: number;
  readonly hash: string;
  readonly content: string;
  readonly starts: readonly SourcePosition[];
}

export function decideActivateManifest(state: PartitionState, input: ActivateManifest, now: number): Decision {
  if (state.manifest !== null && input.version <= state.manifest.version) return ignored("a newer manifest is active");
  const from = input.starts.map((start) => {
    const known = state.sources.get(sourceKey(start.topic, start.partition));
    return known === undefined ? start : { topic: start.topic, partition: start.partition, offset: known.next };
  });
  const activated: ManifestActivated = {
    type: "ManifestActivated",
    version: input.version,
    hash: input.hash,
    content: input.content,
    from,
  };
  const content = parseManifest(input.content);
  return decided(activated, ...endsOf(state, content), ...cronChanges(state, content, now));
}

export function evolveManifestActivated(state: PartitionState, record: ManifestActivated): void {
  state.manifest = activeManifest(record);
  evolveSeams(state, parseManifest(record.content), record);
  // Limits may be others, and functions may be there again.
  state.flow.waiting.freedAll();
  for (const { topic, partition, offset } of record.from) {
    const key = sourceKey(topic, partition);
    if (state.sources.has(key)) continue;
    state.sources.set(key, { topic, partition, next: offset, last: -1, hash: 0, producers: new Map(), ids: new Map(), idsForgotten: 0 });
  }
}

export function activeManifest({ version, hash, content }: Pick<ManifestActivated, "version" | "hash" | "content">): ActiveManifest {
  const { functions, sources, consumer = null } = parseManifest(content);
  return {
    version,
    hash,
    content,
    functions: new Map(functions.map((spec) => [spec.id, spec])),
    sources,
    idsIgnored: new Set(sources.filter((source) => source.ignoreIds === true).map((source) => source.topic)),
    index: new TriggerIndex(functions),
    consumer,
    appLimits: appLimitsOf(functions),
  };
}

/** Canonical: the same functions and sources give the same text, in whatever order they were declared. */
export function manifestText(content: ManifestContent): string {
  return JSON.stringify({
    functions: content.functions
      .map(({ id, triggers, onFailure, onCancel, cancelOn, timeouts, flow }) => ({
        id,
        triggers: canonicalTriggers(triggers),
        onFailure,
        ...(onCancel === true ? { onCancel } : {}),
        ...(cancelOn === undefined ? {} : { cancelOn }),
        ...(timeouts === undefined ? {} : { timeouts }),
        ...(flow === undefined ? {} : { flow }),
      }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    sources: content.sources
      .map(({ topic, partitions, from, ignoreIds }) => ({ topic, partitions, from, ...(ignoreIds === true ? { ignoreIds } : {}) }))
      .toSorted((a, b) => (a.topic < b.topic ? -1 : 1)),
    ...(content.consumer === undefined ? {} : { consumer: canonicalConsumer(content.consumer) }),
  });
}

export function parseManifest(content: string): ManifestContent {
  return JSON.parse(content) as ManifestContent;
}
