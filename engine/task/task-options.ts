// What a task is given: its place, what it works with, its limits, and whom it tells.
import type { Clock } from "../core/clock.ts";
import type { Invoker, InvokerHost } from "../execution/invoker.ts";
import type { Log } from "../log/log.ts";
import type { Alert } from "../observability/alert.ts";
import type { Logger } from "../observability/logger.ts";
import type { Meters } from "../observability/meters.ts";
import type { AppTopics } from "./app-topics.ts";
import type { FoldedAhead } from "./bring-up.ts";
import type { ConsumerCode } from "./consumer/consumer-code.ts";
import type { EventReader } from "./event-reader.ts";
import type { SealedFrame } from "./frame-queue.ts";
import type { Lane } from "./lane.ts";
import type { LogClock } from "./log-clock.ts";
import type { RestoreProgress } from "./restore.ts";
import type { TaskSealing } from "./sealed-data.ts";
import type { SkipMissing } from "./sources.ts";
import type { TaskEnd } from "./status.ts";

export interface TaskOptions {
  readonly partition: number;
  readonly partitions: number;
  readonly topics: AppTopics;
  readonly log: Log;
  readonly clock: Clock;
  readonly logClock: LogClock;
  readonly logger: Logger;
  readonly meters: Meters;
  /** A name of this life of this process. */
  readonly worker: string;
  /** One for all tasks of this process. */
  readonly lane: Lane;
  readonly alert: (alert: Alert) => void;
  readonly invoker: (host: InvokerHost) => Invoker;
  readonly limits: TaskLimits;
  readonly skipMissing: readonly SkipMissing[];
  /** How long entries of the journal are kept, milliseconds. Default: for ever. */
  readonly journalRetentionMs?: number;
  /** How records of sources are read. Default: as CloudEvents with JSON. */
  readonly reader?: EventReader;
  /** Opens and seals data of subjects. Default: nothing is sealed. */
  readonly sealing?: TaskSealing;
  /** Of the app that is a consumer. */
  readonly consumer?: ConsumerCode;
  /** Resolves when this worker may claim again what another claimed (R9). */
  readonly mayReclaim: () => Promise<void>;
  /** Whether another worker, by its name, is a member of the group now. */
  readonly isAlive: (worker: string) => Promise<boolean>;
  /** What a standby of this process has folded of the partition. */
  readonly ahead?: () => Promise<FoldedAhead | null>;
  /** The format that the app has activated (R14). */
  readonly format: () => number;
  /** Number of a frame that the journal is known to hold, 0 for none. */
  readonly knownLsn: () => number;
  readonly onActivated: (activation: { partition: number; version: number; epoch: number; lsn: number }) => void;
  readonly onRestoring?: (progress: RestoreProgress) => void;
  readonly onFrame?: (partition: number, frame: SealedFrame) => void;
  /** Events of this name are told by the value at this path from now on. */
  readonly onShape?: (shape: Shape) => void;
  /** Its line is in the log. */
  readonly onRunFailed?: (alert: Alert) => void;
  readonly onSourceStopped: (error: Error) => void;
  readonly onEnd: (end: TaskEnd) => void;
}

export interface TaskLimits {
  /** An event with more bytes than this goes to the dead letters. */
  readonly maxEventBytes: number;
  /** So many runs of a partition may be in memory, or wait for their code to be called; each function has a share of them. */
  readonly maxActiveRuns: number;
  /** So many runs of a partition may wait in lines; then its sources are read no further. */
  readonly maxQueuedRuns: number;
}

/** What waits have in common: the name of an event, and what of it is compared. */
export interface Shape {
  readonly event: string;
  readonly path: string;
}

/** A manifest as it was read from the functions topic. */
export interface SeenManifest {
  readonly version: number;
  readonly hash: string;
  readonly content: string;
}
