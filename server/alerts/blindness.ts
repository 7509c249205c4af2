// Whether a server sees what its alerts tell of. Who relies on alerts takes silence for a good sign: so one that has seen nothing for a minute says so,
// once until it sees again.
import type { Clock } from "../../engine/core/clock.ts";
import type { Logger } from "../../engine/observability/logger.ts";

const BLIND_MS = 60_000;

export class Blindness {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #logger: Logger;
  #seenAt: number;
  #isTold = false;

  constructor(clock: Pick<Clock, "monotonicMs">, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    this.#seenAt = clock.monotonicMs();
  }

  sees(): void {
    this.#seenAt = this.#clock.monotonicMs();
    this.#isTold = false;
  }

  /** `reason`: for people. */
  seesNothing(reason: string): void {
    if (this.#isTold || this.#clock.monotonicMs() - this.#seenAt < BLIND_MS) return;
    this.#isTold = true;
    this.#logger.error(
      { code: "ALERTS_BLIND", reason },
      "for a minute this server has not seen how the app fares: it would tell no alert, whatever happened",
    );
  }
}
