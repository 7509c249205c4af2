// What a child process and its parent say to each other: the child asks for the log, which its parent has, and tells how far it is.
import type { LogErrorCode } from "../../engine/log/errors.ts";
import type { ReaderOptions } from "../../engine/log/log.ts";

/** What may be asked of the parent's log. All of it reads. */
export type LogCall =
  | { readonly call: "describeTopic"; readonly topic: string }
  | { readonly call: "listTopics" }
  | { readonly call: "earliestOffset" | "latestOffset"; readonly topic: string; readonly partition: number }
  | { readonly call: "offsetForTime"; readonly topic: string; readonly partition: number; readonly time: number }
  | { readonly call: "openReader"; readonly reader: number; readonly options: ReaderOptions }
  | { readonly call: "next" | "closeReader"; readonly reader: number };

export type FromChild =
  | { readonly kind: "ready" }
  | { readonly kind: "asks"; readonly ask: number; readonly call: LogCall }
  /** How far it is; its meaning is that of the work. */
  | { readonly kind: "tells"; readonly told: unknown }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export type FromParent =
  | { readonly kind: "work"; readonly request: unknown; readonly log: LogFacts }
  | { readonly kind: "answer"; readonly ask: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly ask: number; readonly code: LogErrorCode | null; readonly message: string };

export interface LogFacts {
  readonly description: string;
  readonly maxBatchBytes: number;
  readonly settleMs: number;
}
