// Which runs of a function there are in a partition, by when they started and by what. A first reading of the journal, which keeps ids alone.
import type { RunId } from "../../core/ids.ts";
import type { Sealing } from "../../core/sealing.ts";
import { openerOf } from "../../task/sealed-data.ts";
import { conditionOf } from "../../workflow/expression/condition.ts";
import { factsOf } from "../../workflow/expression/event-facts.ts";
import { select } from "../../workflow/expression/selection.ts";
import type { JournalRecord, RunsStarted, TriggerEvent } from "../../workflow/records.ts";

export interface RunFilter {
  readonly functionId: string;
  /** Milliseconds since 1970: runs that started then or later. */
  readonly since?: number;
  /** Runs that started before. */
  readonly until?: number;
  /** CEL over `event`. */
  readonly where?: string;
  /** Opens data of subjects: what was erased is `null` for `where`. Default: as it stands. */
  readonly sealing?: Sealing | null;
}

export class RunIndex {
  readonly #filter: RunFilter;
  /** Runs that are asked for, none of which repeats another: where each starts. */
  readonly #found = new Map<RunId, number>();
  /** The newest of the runs that repeat a run, by that run. */
  readonly #newest = new Map<RunId, { readonly run: RunId; readonly offset: number }>();
  /** The run that each re-run goes back to. */
  readonly #originals = new Map<RunId, RunId>();
  /** Of any function: those that started, and those of which the beginning is not there. Null where the journal has its beginning. */
  readonly #started: Set<RunId> | null;
  readonly #beheaded = new Set<RunId>();

  constructor(filter: RunFilter, hasBeginning: boolean) {
    this.#filter = filter;
    this.#started = hasBeginning ? null : new Set();
  }

  look(record: JournalRecord, offset: number, time: number): void {
    if (record.type === "RunsStarted") {
      this.#lookAtStart(record, offset, time);
      return;
    }
    if (record.type === "RerunStarted") {
      const original = this.originalOf(record.original) ?? record.original;
      this.#originals.set(record.run, original);
      this.#newest.set(original, { run: record.run, offset });
      this.#found.delete(record.run);
    }
    if (this.#started !== null && tellsOfRun(record) && !this.#started.has(record.run)) this.#beheaded.add(record.run);
  }

  /** The run that is looked at for each run that is asked for, and where it starts: itself, or the newest of those that repeat it. */
  *wanted(): Generator<readonly [RunId, number]> {
    for (const [run, offset] of this.#found) {
      const newest = this.#newest.get(run);
      yield newest === undefined ? [run, offset] : [newest.run, newest.offset];
    }
  }

  originalOf(run: RunId): RunId | null {
    return this.#originals.get(run) ?? null;
  }

  get beheaded(): number {
    return this.#beheaded.size;
  }

  #lookAtStart({ event, runs }: RunsStarted, offset: number, time: number): void {
    const { functionId, since = 0, until = Number.POSITIVE_INFINITY, where, sealing = null } = this.#filter;
    for (const run of runs) {
      this.#started?.add(run.id);
      if (run.functionId !== functionId || time < since || time >= until || this.#found.has(run.id)) continue;
      if (where === undefined || holds(where, event, sealing)) this.#found.set(run.id, offset);
    }
  }
}

/** What fails on an event does not hold for it. @throws ConfigurationError `INVALID_EXPRESSION` */
function holds(where: string, event: TriggerEvent, sealing: Sealing | null): boolean {
  const condition = conditionOf(where, "trigger");
  return condition.holds({ event: select(factsOf(event, openerOf(sealing)), condition.event) });
}

/** Records that only a run's own partition has. */
function tellsOfRun(record: JournalRecord): record is JournalRecord & { readonly run: RunId } {
  switch (record.type) {
    case "StepCompleted":
    case "StepFailed":
    case "SleepStarted":
    case "SleepEnded":
    case "WaitStarted":
    case "WaitResolved":
    case "ChildInvoked":
    case "IterationAdvanced":
    case "RunCompleted":
    case "RunFailed":
    case "RunCancelled":
      return true;
    default:
      return false;
  }
}
