// Begins runs that are not suspicious, or hardly. New ones at once; others a few at a time, so that a restart is no stampede. While a run is
// called alone in this process, all of them wait.
import type { Clock } from "../core/clock.ts";
import type { RunId } from "../core/ids.ts";
import { PATIENCE_MS, type Lane } from "./lane.ts";
import { WaitingRuns } from "./waiting-runs.ts";

/** So many resumed runs may be under way before one of them got somewhere … */
const MAX_RESUMING = 64;
/** … or this long passed since it began. */
const RESUME_TURN_MS = 1_000;

export interface StarterOptions {
  readonly clock: Clock;
  readonly lane: Lane;
  readonly functionOf: (run: RunId) => string;
  /** Whether its code can be called, and is to be. */
  readonly mayCall: (run: RunId) => boolean;
  /** That its owner may die of it stands in the journal. */
  readonly isExposed: (run: RunId) => boolean;
  /** Its code is to be called, once that stands in the journal. */
  readonly resume: (run: RunId) => void;
  readonly call: (run: RunId) => void;
}

const nothing = (): void => {};

export class Starter {
  readonly #options: StarterOptions;
  readonly #waiting = new WaitingRuns();
  /** Runs whose turn it is. */
  readonly #resuming = new Map<RunId, () => void>();
  /** New runs that came while another was called alone. */
  readonly #held = new WaitingRuns();
  /** Runs that an owner died with, until they got somewhere or had the time to: whoever is more suspicious waits for them. */
  readonly #suspects = new Map<RunId, () => void>();
  readonly #forgetLoud: () => void;
  #letSuspectsIn: () => void = nothing;
  #isScheduled = false;

  constructor(options: StarterOptions) {
    this.#options = options;
    this.#forgetLoud = options.lane.whenLoud(() => this.#loud());
  }

  /** Runs that wait for their turn. */
  get waiting(): number {
    return this.#waiting.size + this.#held.size;
  }

  waitingOf(functionId: string): number {
    return this.#waiting.countOf(functionId) + this.#held.countOf(functionId);
  }

  /** A run that this owner started just now. */
  begin(run: RunId): void {
    const { lane, functionOf, call } = this.#options;
    if (lane.isQuiet) this.#held.add(run, functionOf(run));
    else call(run);
  }

  /** A run that was begun before. `isSuspect`: an owner died with it. */
  resume(run: RunId, isSuspect: boolean): void {
    if (this.#resuming.has(run) || this.#waiting.has(run)) return;
    this.#waiting.add(run, this.#options.functionOf(run));
    if (isSuspect) this.#watch(run);
    this.#schedule();
  }

  /** It waits, or has got nowhere yet. */
  has(run: RunId): boolean {
    return this.#resuming.has(run) || this.#suspects.has(run);
  }

  /** Its code was called; not where it had no need to be, or cannot be. */
  called(run: RunId, isLive: boolean): void {
    if (!isLive) this.progressed(run);
  }

  /** The run recorded something, rests or ended: its turn is over. */
  progressed(run: RunId): void {
    this.#unwatch(run);
    this.#endTurn(run);
  }

  close(): void {
    for (const forget of this.#resuming.values()) forget();
    for (const forget of this.#suspects.values()) forget();
    this.#resuming.clear();
    this.#suspects.clear();
    this.#waiting.clear();
    this.#held.clear();
    this.#forgetLoud();
    this.#letSuspectsIn();
  }

  #loud(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const run of held) this.#options.call(run);
    this.#schedule();
  }

  /** Those whose turns end at once share a record. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#next();
    });
  }

  #next(): void {
    const { clock, lane, mayCall, isExposed, resume, call } = this.#options;
    for (const run of this.#waiting) {
      if (this.#resuming.size >= MAX_RESUMING || lane.isQuiet) return;
      this.#waiting.delete(run);
      if (!mayCall(run)) {
        this.#unwatch(run);
        continue;
      }
      this.#resuming.set(
        run,
        clock.setTimer(RESUME_TURN_MS, () => this.#endTurn(run)),
      );
      if (this.#suspects.has(run))
        this.#suspects.set(
          run,
          clock.setTimer(PATIENCE_MS, () => this.#unwatch(run)),
        );
      if (isExposed(run)) call(run);
      else resume(run);
    }
  }

  #endTurn(run: RunId): void {
    const forget = this.#resuming.get(run);
    if (forget === undefined) return;
    forget();
    this.#resuming.delete(run);
    this.#schedule();
  }

  #watch(run: RunId): void {
    if (this.#suspects.size === 0) this.#letSuspectsIn = this.#options.lane.holdBack();
    this.#suspects.set(run, nothing);
  }

  #unwatch(run: RunId): void {
    const forget = this.#suspects.get(run);
    if (forget === undefined) return;
    forget();
    this.#suspects.delete(run);
    if (this.#suspects.size === 0) this.#letSuspectsIn();
  }
}
