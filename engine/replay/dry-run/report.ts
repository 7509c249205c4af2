// What a dry run found, as it is written to a file and read from one: a stable shape, in which only runs that are not the same are listed.
import type { RunId, StepKey } from "../../core/ids.ts";

export const REPORT_FORMAT = 2;

/**
 * How today's code does with a past run's record. Where it differs in several places, the first counts.
 * - `same`: it asks for the same, and ends the same; or, of a run that is not over, it is as far as the run is.
 * - `different-output`: all steps are the same, and the function returns something else.
 * - `different-result`: a step that was computed again comes to something else.
 * - `would-run`: it asks for a step that is not recorded.
 * - `would-skip`: it does not ask for a step that is recorded.
 * - `other-input`: it asks for another kind of step, in another order, or sends, invokes, sleeps or waits for something else.
 * - `fails-differently`: it throws where it had not, or something else.
 * - `goes-on`: the run had failed, and would get further.
 * - `not-deterministic`: called twice, with another clock and other chance, it differs from itself. Nothing can be said of the run.
 * - `not-settled`: it got nowhere in the time that a run is given. Nothing can be said of it either.
 * - `erased`: data of it was erased with its subject. Its code was not called, and it is not repeated.
 */
export const VERDICTS = [
  "same",
  "different-output",
  "different-result",
  "would-run",
  "would-skip",
  "other-input",
  "fails-differently",
  "goes-on",
  "not-deterministic",
  "not-settled",
  "erased",
] as const;

export type Verdict = (typeof VERDICTS)[number];

/** Verdicts by which a run is affected by what changed in the code. */
export function isChange(verdict: Verdict): boolean {
  return verdict !== "same" && verdict !== "not-deterministic" && verdict !== "not-settled" && verdict !== "erased";
}

export interface DryRunReport {
  readonly format: typeof REPORT_FORMAT;
  readonly app: string;
  readonly function: string;
  /** ISO 8601; null: from the beginning. By when runs started. */
  readonly since: string | null;
  /** ISO 8601, not included; null: all that there are. */
  readonly until: string | null;
  /** CEL over `event`; null: all. */
  readonly where: string | null;
  /** Ids of steps that were computed again beside those that are declared pure. */
  readonly recompute: readonly string[];
  /** Those of them that no run asked for: misspelt, maybe. */
  readonly notAskedFor: readonly string[];
  /** ISO 8601. */
  readonly madeAt: string;
  /** How many runs were looked at. */
  readonly total: number;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Partitions whose journal lacks something of the time asked for. */
  readonly missing: readonly MissingHistory[];
  /** All that are not `same`, by partition and in the order in which they were over. */
  readonly runs: readonly RunReport[];
}

export interface MissingHistory {
  readonly partition: number;
  /** Offset and time (ISO 8601; null where it is empty) of the first entry that is there. */
  readonly offset: number;
  readonly time: string | null;
  /** Runs of any function whose beginning is gone, and of which something later is there. */
  readonly runs: number;
}

export interface RunReport extends Difference {
  readonly run: RunId;
  readonly partition: number;
  readonly functionId: string;
  /** The run that this one repeats: of several re-runs the newest is looked at, in the original's place. */
  readonly original: RunId | null;
  /** ISO 8601. */
  readonly startedAt: string;
  /** What had become of it. */
  readonly ended: "completed" | "failed" | "cancelled" | "running";
  readonly event: { readonly id: string; readonly name: string; readonly key: string | null };
  /**
   * Recorded steps whose results a re-run takes over, in this order: they are asked for by today's code before it learns of anything that is
   * not as it was.
   */
  readonly keep: readonly StepKey[];
  /** Where it differs after that, as far as could be seen. */
  readonly later: readonly Difference[];
}

export interface Difference {
  readonly verdict: Verdict;
  /** Where. Null: after all steps. */
  readonly step: StepKey | null;
  /** A sentence for people. */
  readonly detail: string;
  /** What is recorded, and what today's code makes of it; null where there is nothing to show. JSON, cut where it is long; sealed as the run is. */
  readonly was: string | null;
  readonly is: string | null;
}
