// What a demo and its worker processes tell each other. `Told` is what a demo wants to hear of the journal, in its own words.
import type { MillraceOptions } from "millrace";

/** What the apps of the examples are made of. */
export interface AppOptions extends Omit<MillraceOptions, "id"> {
  /** Where the world outside is. */
  readonly servicesUrl: string;
}

/** A worker process gets it as its argument, in JSON. */
export interface WorkerSetUp {
  readonly options: AppOptions;
  readonly logFile: string;
}

/** With an id of its own: whoever is not sure that it was sent may send it again. */
export interface StageEvent {
  readonly name: string;
  readonly id: string;
  readonly key?: string;
  readonly data: unknown;
}

export type ToWorker = { readonly type: "send"; readonly event: StageEvent } | { readonly type: "tell digests" };

/** A partition's state, as its owner has it. */
export interface OwnDigest {
  readonly partition: number;
  readonly lsn: number;
  readonly digest: string;
}

export type FromWorker<Told> =
  | { readonly type: "started" }
  /** The log has the event. */
  | { readonly type: "accepted"; readonly id: string }
  /** The log has acknowledged it, at this time (milliseconds since 1970). */
  | { readonly type: "acknowledged"; readonly at: number; readonly told: readonly Told[] }
  | { readonly type: "status"; readonly running: readonly number[]; readonly openRuns: number }
  | { readonly type: "digests"; readonly digests: readonly OwnDigest[] };
