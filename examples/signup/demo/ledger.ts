// What the demo has heard so far: everything here was acknowledged by the log.
import type { Told } from "./told.ts";

export class Ledger {
  /** Events that the log has taken. */
  readonly accepted = new Set<string>();
  /** Steps that are finished, and when their worker heard so from the log (milliseconds since 1970). */
  readonly finishedAt = new Map<string, number>();
  readonly endedRuns = new Set<string>();
  readonly asleep = new Set<string>();
  startedRuns = 0;
  failedAttempts = 0;
  /** When something was last heard, by `performance.now()`. */
  heardAt = performance.now();

  hear(told: readonly Told[], at: number): void {
    this.heardAt = performance.now();
    for (const fact of told) {
      switch (fact.type) {
        case "run started":
          this.startedRuns += 1;
          break;
        case "run ended":
          this.endedRuns.add(fact.run);
          break;
        case "step finished":
          this.finishedAt.set(fact.key, at);
          break;
        case "attempt failed":
          this.failedAttempts += 1;
          break;
        case "sleep started":
          this.asleep.add(fact.key);
          break;
        case "sleep ended":
          this.asleep.delete(fact.key);
      }
    }
  }
}
