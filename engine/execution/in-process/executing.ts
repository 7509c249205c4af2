// Which steps execute in this process right now, for people: no journal knows of a step before it has come to something.
import { parseRunId, type RunId, type StepKey } from "../../core/ids.ts";

export interface ExecutingStep {
  readonly step: StepKey;
  /** From zero. */
  readonly attempt: number;
  /** When this attempt began: milliseconds since 1970 by the log's clock. */
  readonly since: number;
}

/** Who calls code: one for each partition that this process owns. */
interface Calls {
  executingOf(run: RunId): readonly ExecutingStep[];
}

export class Executing {
  readonly #calls = new Set<Calls>();

  begin(calls: Calls): void {
    this.#calls.add(calls);
  }

  end(calls: Calls): void {
    this.#calls.delete(calls);
  }

  /** Those of a run, the longest first. Empty where none does, or another process has the run. */
  of(run: string): readonly ExecutingStep[] {
    const id = parseRunId(run);
    if (id === null) return [];
    return [...this.#calls].flatMap((calls) => calls.executingOf(id)).toSorted((a, b) => a.since - b.since);
  }
}
