// The log is the clock (DESIGN §8): time is monotonic time plus an offset that is learned from the stamps in acks. Every worker of an app
// that appends to the same log so agrees on the time, whatever its machine believes.
import type { Clock } from "../core/clock.ts";

const SUSPENDED_MS = 1_000;

export class LogClock {
  readonly #clock: Clock;
  /** What to add to monotonic time. */
  #offset: number;
  #wallOffset: number;
  #isLearned = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.wallMs() - clock.monotonicMs();
    this.#wallOffset = this.#offset;
  }

  /** Milliseconds since 1970, whole. */
  now(): number {
    return Math.floor(this.#clock.monotonicMs() + this.#offset);
  }

  /** Whether the log ever told its time; until then it is this machine's, which may be wrong by any amount. */
  get isLearned(): boolean {
    return this.#isLearned;
  }

  /**
   * Learns from an append: the log stamped it `appendTime` at some moment between `sentAt` and `answeredAt` (monotonic). Of what that leaves
   * open, the earliest is believed, so that no timer fires early; the fastest answer tells most. A clock that is proved to be ahead, since
   * clocks drift and brokers differ, is set back.
   */
  observe(appendTime: number | null, sentAt: number, answeredAt: number): void {
    this.#wallOffset = this.#clock.wallMs() - this.#clock.monotonicMs();
    if (appendTime === null) {
      // A log without a clock of its own: the machine's is all there is.
      this.#offset = this.#wallOffset;
      return;
    }
    const least = appendTime - answeredAt;
    const most = appendTime + 1 - sentAt;
    this.#offset = !this.#isLearned || this.#offset > most ? least : Math.max(this.#offset, least);
    this.#isLearned = true;
  }

  /** Whether wall time moved away from monotonic time since the last ack, as after a suspension: then the time is to be learned again. */
  isDoubtful(): boolean {
    return Math.abs(this.#clock.wallMs() - this.#clock.monotonicMs() - this.#wallOffset) > SUSPENDED_MS;
  }
}
