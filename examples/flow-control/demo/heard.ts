// What the demo has heard so far: everything here was acknowledged by the log.
import type { Told } from "./told.ts";

export class Heard {
  /** Steps that are finished, and when their worker heard so from the log (milliseconds since 1970). */
  readonly finishedAt = new Map<string, number>();
  skippedSyncs = 0;
  isOpen = false;
  /** When something was last heard, by `performance.now()`. */
  heardAt = performance.now();

  hear(told: readonly Told[], at: number): void {
    this.heardAt = performance.now();
    for (const fact of told) {
      if (fact.type === "step finished") this.finishedAt.set(fact.key, at);
      else if (fact.type === "sync skipped") this.skippedSyncs += 1;
      else this.isOpen = fact.isOpen;
    }
  }
}
