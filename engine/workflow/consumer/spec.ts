// What a deployment declares of a consumer. It stands in the manifest, so that all partitions decide by the same one.

export interface ConsumerSpec {
  readonly id: string;
  /** Counts how often its state was built anew: each has topics of its own. */
  readonly version: number;
  /** There is an earlier version: until this one is told to take its place, it handles nothing. */
  readonly builds: boolean;
  /** Names of events, or prefixes with a wildcard at their end; null: all events of its topics. */
  readonly events: readonly string[] | null;
  /** CEL over `event`; null: the event's key, else its id. */
  readonly key: string | null;
  /** Names of what it keeps by key, sorted. */
  readonly stores: readonly string[];
  /** Whether events are handled, beside what they are to its state. */
  readonly handles: boolean;
}

/** The same consumer gives the same text. */
export function canonicalConsumer({ id, version, builds, events, key, stores, handles }: ConsumerSpec): ConsumerSpec {
  return { id, version, builds, events: events === null ? null : events.toSorted(), key, stores: stores.toSorted(), handles };
}

/** Whether there is an earlier version may have changed between the starts of two processes, and says nothing of their code. */
export function isSameConsumer(a: ConsumerSpec | null, b: ConsumerSpec): boolean {
  return a !== null && textOf(a) === textOf(b);
}

function textOf(spec: ConsumerSpec): string {
  return JSON.stringify(canonicalConsumer({ ...spec, builds: false }));
}
