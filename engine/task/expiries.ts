// Waits whose time is up, until they may expire (R13): asks other partitions how far they are, no more than a few times a second, and for past
// events again where nobody answered.
import type { Clock } from "../core/clock.ts";
import type { Message } from "../workflow/decision.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import type { PartitionState } from "../workflow/state.ts";
import { FORCED_AFTER_MS, lowestWatermark, mayExpire } from "../workflow/wait/expire.ts";
import { waitKey, type WaitCell } from "../workflow/wait/wait-table.ts";

export interface ExpiriesOptions {
  readonly state: PartitionState;
  readonly clock: Clock;
  readonly now: () => number;
  readonly expire: (waits: readonly WaitCell[]) => void;
  readonly tell: (messages: readonly Message[]) => void;
  /** Some partition did not answer in time: these expire although an earlier event may come. */
  readonly forced: (waits: number) => void;
}

const ASK_AGAIN_MS = 100;
const SCAN_AGAIN_MS = 5_000;
const MAX_A_TURN = 500;

export class Expiries {
  readonly #options: ExpiriesOptions;
  readonly #due = new Map<string, { readonly run: RunId; readonly step: StepKey }>();
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
    this.#due.set(waitKey(run, step), { run, step });
    this.#soon();
  }

  /** Another partition told how far it is, or a scan was answered. */
  look(): void {
    if (this.#due.size > 0) this.#soon();
  }

  /** Called twice a second. */
  tick(): void {
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
    const { state, now, expire, forced } = this.#options;
    const at = now();
    const reached = lowestWatermark(state);
    const ready: WaitCell[] = [];
    let latest = 0;
    for (const [key, { run, step }] of this.#due) {
      const wait = state.waits.get(run, step);
      if (wait?.deadline === undefined || wait.deadline === null) this.#due.delete(key);
      else if (mayExpire(state, wait, reached, at)) {
        this.#due.delete(key);
        ready.push(wait);
        if (ready.length >= MAX_A_TURN) break;
      } else latest = Math.max(latest, wait.deadline);
    }
    const late = ready.filter(({ deadline }) => deadline !== null && at >= deadline + FORCED_AFTER_MS && reached < deadline);
    if (late.length > 0) forced(late.length);
    if (ready.length > 0) expire(ready);
    if (latest > 0) this.#ask(latest);
    if (this.#due.size === 0) return;
    if (ready.length >= MAX_A_TURN) this.#soon();
    else this.#later();
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
