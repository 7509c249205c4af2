// Records of sources that are not decided about, told where there are too many at two looks in a row: a burst that is read at once is nothing to be
// woken for.
import type { Clock } from "../core/clock.ts";
import type { Alert } from "./alert.ts";
import { Reminders } from "./reminders.ts";

interface Lag {
  readonly topic: string;
  readonly partition: number;
  /** Records. */
  readonly lag: number;
}

export class LagAlerts {
  readonly #reminders: Reminders;
  readonly #hint: string;
  /** Topics that were too far behind at the last look. */
  #behind: ReadonlySet<string> = new Set();

  /** `hint`: behind what is told, where to look. */
  constructor(clock: Pick<Clock, "monotonicMs">, hint = "") {
    this.#reminders = new Reminders(clock);
    this.#hint = hint;
  }

  look(lags: readonly Lag[], maxLag: number): readonly Alert[] {
    const byTopic = Map.groupBy(
      lags.filter(({ lag }) => lag > maxLag),
      ({ topic }) => topic,
    );
    const lasting = [...byTopic].filter(([topic]) => this.#behind.has(topic));
    this.#behind = new Set(byTopic.keys());
    return lasting.flatMap(([topic, of]) => {
      if (!this.#reminders.isDue(topic)) return [];
      const records = of.reduce((sum, { lag }) => sum + lag, 0);
      const partitions = of.map(({ partition }) => partition).toSorted((a, b) => a - b);
      const message = `${records} records of ${topic} are not decided about yet, in partitions ${partitions.join(", ")}: more come than are taken, or something holds them up${this.#hint}`;
      return [{ code: "LAG_HIGH", message }];
    });
  }
}
