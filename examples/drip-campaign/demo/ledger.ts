// What the demo has heard so far: everything here was acknowledged by the log.
import type { Told } from "./told.ts";

export class Ledger {
  /** Steps that are finished, and when their worker heard so from the log (milliseconds since 1970). */
  readonly finishedAt = new Map<string, number>();
  /** Runs that wait, or waited, for a first booking. */
  readonly waited = new Set<string>();
  readonly outcomes = { thanked: 0, reminded: 0, cancelled: 0 };
  reports = 0;
  /** When something was last heard of other runs than those of reports, which never cease, by `performance.now()`. */
  heardAt = performance.now();
  /** Runs that began and have not ended. */
  readonly #open = new Set<string>();
  readonly #reports = new Set<string>();
  readonly #ended = new Map<string, number>();
  readonly #functions = new Map<string, string>();

  hear(told: readonly Told[], at: number): void {
    for (const fact of told) {
      if (fact.type === "run started") this.#begin(fact.run, fact.functionId);
      if (!this.#reports.has(fact.run)) this.heardAt = performance.now();
      if (fact.type === "step finished") this.finishedAt.set(fact.key, at);
      if (fact.type === "wait started" && fact.event === "booking/created") this.waited.add(fact.run);
      if (fact.type === "run ended") this.#end(fact);
    }
  }

  /** How many runs of a function have ended. */
  ended(functionId: string): number {
    return this.#ended.get(functionId) ?? 0;
  }

  get waiting(): number {
    return [...this.waited].filter((run) => this.#open.has(run)).length;
  }

  #begin(run: string, functionId: string): void {
    this.#functions.set(run, functionId);
    this.#open.add(run);
    if (functionId === "report") this.#reports.add(run);
  }

  #end({ run, outcome }: Extract<Told, { type: "run ended" }>): void {
    this.#open.delete(run);
    const functionId = this.#functions.get(run) ?? "";
    this.#ended.set(functionId, this.ended(functionId) + 1);
    if (outcome !== null) this.outcomes[outcome] += 1;
    if (this.#reports.has(run)) this.reports += 1;
  }
}
