// Events of one partition that owners may have died of, on their way through the lane of the process: see ../lane.ts. Who is called alone leaves it
// by what the journal says: a death counts against it only while it was alone.
import type { Clock } from "../../core/clock.ts";
import type { OwedHandling } from "../../workflow/consumer/state.ts";
import type { Input } from "../../workflow/decide.ts";
import type { HandlingsTried } from "../../workflow/records.ts";
import type { PartitionState } from "../../workflow/state.ts";
import { PATIENCE_MS, patienceMs, type Lane, type Suspect } from "../lane.ts";
import { aloneMs } from "../suspects.ts";

export interface SuspectHandlingsOptions {
  readonly state: Pick<PartitionState, "consumer">;
  readonly lane: Lane;
  readonly clock: Clock;
  readonly submit: (input: Input) => void;
  readonly mayCall: () => boolean;
  /** Its turn came when it may not be called: it has to be added again. */
  readonly again: (number: number) => void;
  /** That it is its turn stands in the journal. */
  readonly call: (number: number, isAlone: boolean) => void;
}

class Trial implements Suspect {
  readonly number: number;
  readonly suspicion: number;
  readonly isUrgent: boolean;
  readonly begin: (alone: boolean) => void;
  isAlone = false;
  forget: () => void = () => {};

  constructor({ number, suspicion }: OwedHandling, begin: (trial: Trial) => void) {
    this.number = number;
    this.suspicion = suspicion?.deaths ?? 0;
    this.isUrgent = (suspicion?.lanes ?? 0) > 0;
    this.begin = (alone) => {
      this.isAlone = alone;
      begin(this);
    };
  }
}

export class SuspectHandlings {
  readonly #options: SuspectHandlingsOptions;
  readonly #trials = new Map<number, Trial>();
  /** Whose turn came just now: they share a record. */
  #turns: number[] = [];
  readonly #begun = new Set<number>();
  /** The same, and those that had left the lane when the log answered at last. */
  readonly #expected = new Set<number>();

  constructor(options: SuspectHandlingsOptions) {
    this.#options = options;
  }

  /** Those whose turn it is, and that are not called yet: room is kept for them. */
  get begun(): number {
    return this.#begun.size;
  }

  add(owed: OwedHandling): void {
    if (this.#trials.has(owed.number)) return;
    const trial = new Trial(owed, (begun) => this.#begin(begun));
    this.#trials.set(owed.number, trial);
    this.#options.lane.enter(trial);
  }

  /** It stands in the journal. */
  tried({ numbers, alone }: HandlingsTried): void {
    for (const number of numbers) {
      const trial = this.#trials.get(number);
      if (trial?.isAlone === true && !alone) this.#leave(trial);
      if (this.#expected.has(number)) this.#options.call(number, alone);
    }
  }

  /** Its handler is being called. */
  called(number: number): void {
    this.#begun.delete(number);
    this.#expected.delete(number);
    const trial = this.#trials.get(number);
    if (trial?.isAlone !== true) return;
    const { deaths = 0, lanes = 0 } = this.#options.state.consumer.owed.get(number)?.suspicion ?? {};
    this.#after(trial, aloneMs(deaths, lanes), () => this.#sayGoodbye(trial));
  }

  /** Something came of it, and stands in the journal. */
  over(number: number): void {
    const trial = this.#trials.get(number);
    if (trial !== undefined) this.#leave(trial);
  }

  close(): void {
    for (const trial of this.#trials.values()) this.#leave(trial);
  }

  #begin(trial: Trial): void {
    const { mayCall, again, submit } = this.#options;
    const { number } = trial;
    if (!mayCall()) {
      this.#leave(trial);
      again(number);
      return;
    }
    this.#begun.add(number);
    this.#expected.add(number);
    if (trial.isAlone) {
      // Nobody else waits for a log that does not answer, either.
      this.#after(trial, PATIENCE_MS, () => this.#sayGoodbye(trial));
      submit({ type: "TryHandlings", numbers: [number], alone: true });
    } else {
      this.#after(trial, patienceMs(trial.suspicion), () => this.#leave(trial));
      this.#turns.push(number);
      if (this.#turns.length === 1) queueMicrotask(() => this.#say());
    }
  }

  #say(): void {
    const numbers = this.#turns;
    this.#turns = [];
    this.#options.submit({ type: "TryHandlings", numbers, alone: false });
  }

  /** It leaves when that is acknowledged. */
  #sayGoodbye(trial: Trial): void {
    this.#after(trial, PATIENCE_MS, () => this.#leave(trial));
    this.#options.submit({ type: "TryHandlings", numbers: [trial.number], alone: false });
  }

  #after(trial: Trial, ms: number, act: () => void): void {
    trial.forget();
    trial.forget = this.#options.clock.setTimer(ms, act);
  }

  #leave(trial: Trial): void {
    trial.forget();
    this.#begun.delete(trial.number);
    this.#trials.delete(trial.number);
    this.#options.lane.leave(trial);
  }
}
