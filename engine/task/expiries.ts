// Waits whose time is up, until they may expire (R13): asks other partitions how far they are, no more than a few times a second, and for past
// events again where nobody answered.
import type { Clock } from "../core/clock.ts";
import type { Message } from "../workflow/decision.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import type { PartitionState } from "../workflow/state.ts";
import { lowestWatermark, mayExpire, type ExpiringWait } from "../workflow/wait/expire.ts";
import { waitKey } from "../workflow/wait/wait-table.ts";

export interface ExpiriesOptions {
  readonly state: PartitionState;
  readonly clock: Clock;
  readonly expire: (waits: readonly ExpiringWait[]) => void;
  readonly tell: (messages: readonly Message[]) => void;
  /** Some partition did not answer in time: these expire although an earlier event may come. */
  readonly forced: (waits: number) => void;
}

const ASK_AGAIN_MS = 100;
const SCAN_AGAIN_MS = 5_000;
const MAX_A_TURN = 500;
/** A partition that was asked for a minute is not waited for any more: in ticks, since a process that stands still asks nobody. */
const FORCED_AFTER_TICKS = 120;

interface DueWait {
  readonly run: RunId;
  readonly step: StepKey;
  /** When its deadline had come, and others began to be asked. */
  readonly sinceTick: number;
}

export class Expiries {
  readonly #options: ExpiriesOptions;
  readonly #due = new Map<string, DueWait>();
  #ticks = 0;
  /** Up to when all partitions' events were known when it was last looked. */
  #reached = 0;
  #forget: (() => void) | null = null;
  #isLooking = false;
  #isStopped = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #scannedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ExpiriesOptions) {
    this.#options = options;
  }

  /** A wait's deadline has come. */
  add(run: RunId, step: StepKey): void {
    this.#due.set(waitKey(run, step), { run, step, sinceTick: this.#ticks });
    this.#soon();
  }

  /** Another partition may have told how far it is. */
  look(): void {
    if (this.#due.size > 0 && lowestWatermark(this.#options.state) > this.#reached) this.#soon();
  }

  /** Called twice a second. */
  tick(): void {
    this.#ticks += 1;
    this.#askForPast();
  }

  stop(): void {
    this.#isStopped = true;
    this.#forget?.();
    this.#forget = null;
    this.#due.clear();
  }

  /** What comes due in one turn is looked at together. */
  #soon(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    setImmediate(() => {
      this.#isLooking = false;
      if (!this.#isStopped) this.#expire();
    });
  }

  #later(): void {
    this.#forget ??= this.#options.clock.setTimer(ASK_AGAIN_MS, () => {
      this.#forget = null;
      this.#soon();
    });
  }

  #expire(): void {
    const { state, expire, forced } = this.#options;
    this.#reached = lowestWatermark(state);
    const ready: ExpiringWait[] = [];
    const unsure = new Set<string>();
    let latest = 0;
    for (const [key, { run, step, sinceTick }] of this.#due) {
      if (ready.length >= MAX_A_TURN) break;
      const wait = state.waits.get(run, step);
      const isForced = this.#ticks - sinceTick >= FORCED_AFTER_TICKS;
      if (wait?.deadline === undefined || wait.deadline === null) this.#due.delete(key);
      else if (isForced || mayExpire(state, wait, this.#reached)) {
        if (!mayExpire(state, wait, this.#reached)) unsure.add(key);
        ready.push({ run, step, isForced });
      } else latest = Math.max(latest, wait.deadline);
    }
    if (ready.length > 0) expire(ready);
    if (latest > 0) this.#ask(latest);
    // While the task pauses nothing is decided at once: what is still open is looked at again.
    const closed = ready.map(({ run, step }) => waitKey(run, step)).filter((key) => this.#isClosed(key));
    const surprising = closed.filter((key) => unsure.has(key)).length;
    if (surprising > 0) forced(surprising);
    for (const key of closed) this.#due.delete(key);
    if (this.#due.size === 0) return;
    if (closed.length >= MAX_A_TURN) this.#soon();
    else this.#later();
  }

  #isClosed(key: string): boolean {
    const due = this.#due.get(key);
    return due === undefined || this.#options.state.waits.get(due.run, due.step) === undefined;
  }

  #ask(time: number): void {
    const { state, clock, tell } = this.#options;
    if (clock.monotonicMs() - this.#askedAt < ASK_AGAIN_MS) return;
    this.#askedAt = clock.monotonicMs();
    const behind = Array.from({ length: state.partitions }, (_, partition) => partition).filter(
      (partition) => (state.watermarks.get(partition) ?? 0) < time,
    );
    tell(behind.map((to) => ({ to, body: { type: "AskWatermark", time } })));
  }

  #askForPast(): void {
    const { state, clock, tell } = this.#options;
    if (clock.monotonicMs() - this.#scannedAt < SCAN_AGAIN_MS) return;
    this.#scannedAt = clock.monotonicMs();
    const messages = [...state.scans.values()].flatMap(({ event, path, round, since, waiting }) =>
      [...waiting].map((to): Message => ({ to, body: { type: "AskRescan", event, path, round, since } })),
    );
    if (messages.length > 0) tell(messages);
  }
}
