// Partitions that nobody serves, told where that lasts.
import type { Clock } from "../core/clock.ts";
import type { Alert } from "./alert.ts";
import { Reminders } from "./reminders.ts";

const STUCK_MS = 60_000;

export class StuckAlerts {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #reminders: Reminders;
  readonly #though: string;
  /** When each was first seen like that. Monotonic. */
  readonly #since = new Map<number, number>();

  /** `though`: behind for how long, such as `, while workers run`. */
  constructor(clock: Pick<Clock, "monotonicMs">, though = "") {
    this.#clock = clock;
    this.#reminders = new Reminders(clock);
    this.#though = though;
  }

  /** `unserved`: why, by partition; those that are not in it are well. */
  look(unserved: ReadonlyMap<number, string>): readonly Alert[] {
    const now = this.#clock.monotonicMs();
    for (const partition of this.#since.keys()) {
      if (unserved.has(partition)) continue;
      this.#since.delete(partition);
      this.#reminders.forget(String(partition));
    }
    return [...unserved].flatMap(([partition, why]) => {
      const since = this.#since.get(partition) ?? now;
      this.#since.set(partition, since);
      if (now - since < STUCK_MS || !this.#reminders.isDue(String(partition))) return [];
      const seconds = Math.round((now - since) / 1_000);
      return [
        { code: "PARTITION_STUCK", message: `partition ${partition} is not served for ${seconds} s${this.#though}: ${why}`, partition },
      ];
    });
  }
}
