// Waits whose time is up, until they may expire (R13): asks other partitions how far they are, about once a second.
import type { Clock } from "../core/clock.ts";
import { must } from "../core/errors.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import type { Message } from "../workflow/decision.ts";
import type { PartitionState } from "../workflow/state.ts";
import { lowestWatermark, obstacleTo, partitionsBehind, watermarkOf, type ExpiringWait, type Obstacle } from "../workflow/wait/expire.ts";
import { waitKey, type WaitCell } from "../workflow/wait/wait-table.ts";
import { shapeKey } from "../workflow/wait/shape.ts";

export interface ExpiriesOptions {
  readonly state: PartitionState;
  readonly clock: Clock;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  /** How long after the log stamped a record it may become readable. */
  readonly settleMs: number;
  readonly expire: (waits: readonly ExpiringWait[]) => void;
  readonly tell: (messages: readonly Message[]) => void;
  /** Asks how far this partition is. */
  readonly askOwn: () => void;
  /** Some partition did not answer in time: these expire although an earlier event may come. */
  readonly forced: (held: Held) => void;
}

/** What held up waits that expired all the same. */
export interface Held {
  readonly waits: number;
  /** How many of them by what. */
  readonly by: Readonly<Partial<Record<Obstacle, number>>>;
  /** Partitions that did not tell how far they are, or what the past held. */
  readonly partitions: readonly number[];
}

const LOOK_AGAIN_MS = 100;
const ASK_AGAIN_MS = 1_000;
/** Among so few partitions, others are asked at once for a deadline that came due. */
const MAX_EAGER_PARTITIONS = 16;
/** Owners' clocks differ by less, mostly: who is asked a little later than the deadline is far enough, and need not be asked again. */
const CLOCKS_DIFFER_MS = 20;
const MAX_A_TURN = 500;
/** A partition that was asked for a minute is not waited for any more: in ticks, since a process that stands still asks nobody. */
const FORCED_AFTER_TICKS = 120;

interface DueWait {
  readonly run: RunId;
  readonly step: StepKey;
  /** When its deadline had come, and others began to be asked. */
  readonly sinceTick: number;
}

interface Forced {
  readonly key: string;
  readonly wait: WaitCell;
  readonly obstacle: Obstacle;
}

export class Expiries {
  readonly #options: ExpiriesOptions;
  readonly #due = new Map<string, DueWait>();
  #ticks = 0;
  /** Up to when all partitions' events, and this one's, were known when it was last looked. */
  #reached = 0;
  #ownReached = 0;
  #forget: (() => void) | null = null;
  #isLooking = false;
  #isStopped = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** The latest deadline that others were asked for. */
  #askedFor = 0;

  constructor(options: ExpiriesOptions) {
    this.#options = options;
  }

  /** A wait's deadline has come. */
  add(run: RunId, step: StepKey): void {
    const key = waitKey(run, step);
    if (!this.#due.has(key)) this.#due.set(key, { run, step, sinceTick: this.#ticks });
    this.#soon();
  }

  /** Another partition may have told how far it is. */
  look(): void {
    const { state } = this.#options;
    if (this.#due.size === 0) return;
    if (watermarkOf(state, state.partition) > this.#ownReached || lowestWatermark(state) > this.#reached) this.#soon();
  }

  /** Called twice a second. */
  tick(): void {
    this.#ticks += 1;
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
    this.#forget ??= this.#options.clock.setTimer(LOOK_AGAIN_MS, () => {
      this.#forget = null;
      this.#soon();
    });
  }

  #expire(): void {
    const { state, expire } = this.#options;
    this.#reached = lowestWatermark(state);
    this.#ownReached = watermarkOf(state, state.partition);
    const ready: ExpiringWait[] = [];
    const forced: Forced[] = [];
    const held: WaitCell[] = [];
    for (const [key, { run, step, sinceTick }] of this.#due) {
      if (ready.length >= MAX_A_TURN) break;
      const wait = state.waits.get(run, step);
      if (wait?.deadline === undefined || wait.deadline === null) {
        this.#due.delete(key);
        continue;
      }
      const obstacle = obstacleTo(state, wait, wait.deadline, this.#reached);
      const isForced = this.#ticks - sinceTick >= FORCED_AFTER_TICKS;
      if (obstacle !== null && !isForced) {
        if (obstacle === "watermark") held.push(wait);
        continue;
      }
      ready.push({ run, step, isForced });
      if (obstacle !== null) forced.push({ key, wait, obstacle });
    }
    const surprising = this.#heldUp(forced);
    if (ready.length > 0) expire(ready);
    this.#ask(held);
    // While the task pauses nothing is decided at once: what is still open is looked at again.
    const closed = ready.map(({ run, step }) => waitKey(run, step)).filter((key) => this.#isClosed(key));
    if (surprising !== null && forced.some(({ key }) => this.#isClosed(key))) this.#options.forced(surprising);
    for (const key of closed) this.#due.delete(key);
    if (this.#due.size === 0) return;
    if (closed.length >= MAX_A_TURN) this.#soon();
    else this.#later();
  }

  #isClosed(key: string): boolean {
    const due = this.#due.get(key);
    return due === undefined || this.#options.state.waits.get(due.run, due.step) === undefined;
  }

  #heldUp(forced: readonly Forced[]): Held | null {
    if (forced.length === 0) return null;
    const { state } = this.#options;
    const by: Partial<Record<Obstacle, number>> = {};
    const partitions = new Set<number>();
    let latest = 0;
    for (const { wait, obstacle } of forced) {
      by[obstacle] = (by[obstacle] ?? 0) + 1;
      if (obstacle === "watermark" && wait.purpose === "signal") partitions.add(state.partition);
      else if (obstacle === "watermark") latest = Math.max(latest, wait.deadline ?? 0);
      else if (obstacle === "scan") {
        for (const partition of state.scans.get(shapeKey(wait.event, wait.path))?.waiting ?? []) partitions.add(partition);
      }
    }
    for (const partition of partitionsBehind(state, latest)) partitions.add(partition);
    return { waits: forced.length, by, partitions: [...partitions].toSorted((a, b) => a - b) };
  }

  /** For the latest deadline that who is asked can be past by now; others soon after, or at the next look. */
  #ask(held: readonly WaitCell[]): void {
    const { state, now, settleMs, tell, askOwn } = this.#options;
    const answerable = now() - settleMs;
    let [latest, latestOfAll] = [0, 0];
    for (const { deadline, purpose } of held) {
      const time = must(deadline, "a deadline");
      if (time > answerable) continue;
      latest = Math.max(latest, time);
      if (purpose !== "signal" && time <= answerable - CLOCKS_DIFFER_MS) latestOfAll = Math.max(latestOfAll, time);
    }
    if (watermarkOf(state, state.partition) < latest) askOwn();
    if (latestOfAll === 0 || !this.#mayAskOthers(latestOfAll)) return;
    const others = partitionsBehind(state, latestOfAll).filter((partition) => partition !== state.partition);
    if (others.length === 0) return;
    this.#askedAt = this.#options.clock.monotonicMs();
    this.#askedFor = latestOfAll;
    tell(others.map((to) => ({ to, body: { type: "AskWatermark", time: latestOfAll } })));
  }

  #mayAskOthers(time: number): boolean {
    const { state, clock } = this.#options;
    const isEager = time > this.#askedFor && state.partitions <= MAX_EAGER_PARTITIONS;
    return clock.monotonicMs() - this.#askedAt >= (isEager ? LOOK_AGAIN_MS : ASK_AGAIN_MS);
  }
}
