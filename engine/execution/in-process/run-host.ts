// What a live run needs from the invoker that holds it.
import type { Logger } from "pino";
import type { Sealing } from "../../core/sealing.ts";
import type { Meters } from "../../observability/meters.ts";
import type { RecentLogs } from "../../observability/recent-logs.ts";
import type { Tracing } from "../../observability/tracing.ts";
import type { InvokerHost } from "../invoker.ts";
import type { BodyOf } from "../outgoing-event.ts";
import type { WaitForEvent } from "../step-tools.ts";
import type { Deadlines } from "./deadlines.ts";
import type { IdleRuns } from "./idle-runs.ts";
import type { LiveRun } from "./live-run.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Turns } from "./turns.ts";

export interface RunHost extends Omit<InvokerHost, "rested" | "idled"> {
  readonly deadlines: Deadlines;
  readonly idle: IdleRuns;
  /** Null: each run takes its own. */
  readonly turns: Turns | null;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly tracing: Tracing;
  /** Where what runs log is kept for people; null: nowhere. */
  readonly recentLogs: RecentLogs | null;
  /** Null: nothing is sealed. */
  readonly sealing: Sealing | null;
  readonly random: () => number;
  readonly divergenceGraceMs: number;
  /** The app's id; null where handles of functions are not checked. */
  readonly app: string | null;
  readonly maxEventBytes: number;
  readonly bodyOf: BodyOf | null;
  readonly problemOfWait: ProblemOfWait | null;
  /** There where nothing is to happen, only to be seen. Its host holds all steps. */
  readonly rehearsal?: Rehearsal;
  /** True while a graceful stop lets no further step begin. */
  holding(): boolean;
  executionChanged(by: 1 | -1): void;
  settled(run: LiveRun): void;
  /** The run waits and need not be in memory. */
  rests(run: LiveRun): void;
  /** The first of these of a function's step. */
  warnOnce(fields: Warning, message: string): void;
}

/** What of a wait does not fit the schemas of the events that it compares; null where all does. `trigger`: name of the event that began the run. */
export type ProblemOfWait = (wait: WaitForEvent, trigger: string) => string | null;

export interface Warning {
  readonly code: string;
  readonly function: string;
  readonly step: string;
  readonly runId: string;
  /** In the event that began the run. */
  readonly path?: string;
}
