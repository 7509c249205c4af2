// What the server asks of the app that it serves, and what resources ask of the server.
import type { HistoryDatabase } from "../consumers/run-history/database.ts";
import type { Sealing } from "../engine/core/sealing.ts";
import type { Log } from "../engine/log/log.ts";
import type { AppParts } from "../engine/sdk/app-parts.ts";
import type { Millrace } from "../engine/sdk/millrace.ts";
import type { AppTopics } from "../engine/task/app-topics.ts";
import type { LiveMessage } from "./contract/live.ts";
import type { Operation } from "./contract/operations.ts";

/** By shape: the module of an app may have a copy of the package of its own. */
export type AppHandle = Pick<
  Millrace,
  "id" | "send" | "cancel" | "release" | "pause" | "resume" | "backfill" | "erase" | "status" | "digests" | "sinks"
>;

export interface ServedApp {
  readonly id: string;
  /** That of the module; without one, an app of the same id that declares nothing, which may send and command all the same. */
  readonly app: AppHandle;
  /** Of the module; null where this process has none: workers run elsewhere. */
  readonly code: { readonly module: string; readonly parts: AppParts } | null;
  /** The app's own connection. Closed by the app. */
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
  /** Opens data of subjects for those who may see it. Absent or null: the app seals nothing. */
  readonly sealing?: Sealing | null;
  /** To ask; whole: of all partitions. */
  readonly history: HistoryDatabase;
}

/** How a history fares, for whoever asks it. */
export interface HistoryProgress {
  readonly hasCaughtUp: boolean;
  /** There was nothing in it when it was opened: what it gets first is old. */
  readonly isNew: boolean;
  /** Records that it is behind; null while it is read for the first time, or gets nothing more of a partition, as `gaps` says. */
  lag(): number | null;
  /** What it lacks, in words. */
  gaps(): readonly string[];
}

/** Who calls: the name of a token, or `dev`. */
export type Actor = string;

export interface ServerTools {
  readonly audit: Audit;
  readonly operations: Operations;
  readonly live: LiveHub;
  /** Of the history; null: it is complete as it is. */
  readonly progress: HistoryProgress | null;
  /** Aborted when the server begins to close: who waits for something is answered then. */
  readonly ending: AbortSignal;
}

/** What people did, in the topic `<app>.audit`. */
export interface Audit {
  /** Resolves when the log has it: before anything is done. `parameters`: no payloads. */
  asked(entry: {
    readonly actor: Actor;
    readonly operation: string;
    readonly target: string;
    readonly parameters?: object;
  }): Promise<AuditedStep>;
}

export interface AuditedStep {
  /** It was not carried out. */
  failed(detail: string): Promise<void>;
}

/** What takes a while, in this process: it is gone with it, and each says how to go on. */
export interface Operations {
  start(
    of: { readonly kind: Operation["kind"]; readonly title: string; readonly actor: Actor; readonly id?: string },
    work: (operation: RunningOperation) => Promise<void>,
  ): Operation;
  list(): readonly Operation[];
  get(id: string): Operation | null;
  /** False where there is none that runs. */
  stop(id: string): boolean;
}

export interface RunningOperation {
  readonly id: string;
  /** Aborted when people stop it, or the server ends. */
  readonly signal: AbortSignal;
  readonly at: (done: number, total: number | null, detail?: string) => void;
}

export interface LiveHub {
  tell(message: LiveMessage): void;
  /** Returns how to stop hearing. */
  hear(listener: (message: LiveMessage) => void): () => void;
}
