// The suspects of one partition, on their way through the lane of the process. Who is called alone leaves it by what the journal says: a death
// counts against it only while it was alone.
import type { Clock } from "../core/clock.ts";
import type { RunId } from "../core/ids.ts";
import { FunctionCounts } from "../execution/function-counts.ts";
import type { Input } from "../workflow/decide.ts";
import type { SeenRun } from "../workflow/run/run-marks.ts";
import { LONE_SUSPICION } from "../workflow/run/suspicion.ts";
import type { PartitionState } from "../workflow/state.ts";
import { PATIENCE_MS, patienceMs, type Lane, type Suspect } from "./lane.ts";

/** A run that outlives being alone for so long ends no process at once; twice as long the next time, if owners go on dying with it. */
const ALONE_MS = 2_000;
const MAX_ALONE_MS = 64_000;

export interface SuspectsOptions {
  readonly state: PartitionState;
  readonly lane: Lane;
  readonly clock: Clock;
  readonly submit: (input: Input) => void;
  /** Whether its code can be called, and is to be. */
  readonly mayCall: (run: RunId) => boolean;
  /** Its code is to be called, among others, once that stands in the journal. */
  readonly resume: (run: RunId) => void;
}

class Trial implements Suspect {
  readonly run: RunId;
  readonly functionId: string;
  readonly suspicion: number;
  readonly isUrgent: boolean;
  readonly begin: (alone: boolean) => void;
  stage: "waiting" | "beginning" | "called" = "waiting";
  isAlone = false;
  forget: () => void = () => {};

  constructor({ id, functionId, suspicion, lanes }: SeenRun, begin: (trial: Trial) => void) {
    this.run = id;
    this.functionId = functionId;
    this.suspicion = suspicion;
    this.isUrgent = lanes > 0;
    this.begin = (alone) => {
      this.isAlone = alone;
      begin(this);
    };
  }
}

export class Suspects {
  readonly #options: SuspectsOptions;
  readonly #trials = new Map<RunId, Trial>();
  readonly #waiting = new FunctionCounts();

  constructor(options: SuspectsOptions) {
    this.#options = options;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.total;
  }

  waitingOf(functionId: string): number {
    return this.#waiting.of(functionId);
  }

  has(run: RunId): boolean {
    return this.#trials.has(run);
  }

  add(run: SeenRun): void {
    if (this.#trials.has(run.id)) return;
    const trial = new Trial(run, (begun) => this.#begin(begun));
    this.#trials.set(run.id, trial);
    this.#waiting.add(trial.functionId);
    this.#options.lane.enter(trial);
  }

  /** A record of the run is acknowledged. */
  progressed(run: RunId): void {
    const trial = this.#trials.get(run);
    if (trial === undefined) return;
    const now = this.#options.state.runs.peek(run);
    const wasAlone = trial.isAlone && trial.stage === "called";
    if (now === undefined || now.suspicion === 0 || (wasAlone && !now.alone)) this.#leave(trial);
  }

  /** Its code was called, with what is acknowledged; not where it had no need to be, or cannot be. */
  called(run: RunId, isLive: boolean): void {
    const trial = this.#trials.get(run);
    if (trial === undefined) return;
    trial.stage = "called";
    if (!isLive) this.rested(run);
    else if (trial.isAlone) this.#after(trial, this.#aloneMs(run), () => this.#sayGoodbye(trial, { type: "LeaveLane", run }));
  }

  /** Its code does nothing any more. */
  rested(run: RunId): void {
    const trial = this.#trials.get(run);
    if (trial?.isAlone === true) this.#sayGoodbye(trial, { type: "RestRuns", runs: [run] });
    else if (trial !== undefined) this.#leave(trial);
  }

  close(): void {
    for (const trial of this.#trials.values()) this.#leave(trial);
  }

  #begin(trial: Trial): void {
    const { mayCall, resume, submit } = this.#options;
    const { run } = trial;
    trial.stage = "beginning";
    this.#waiting.remove(trial.functionId);
    if (!mayCall(run)) {
      this.#leave(trial);
      return;
    }
    // Nobody else waits for a log that does not answer, either.
    this.#after(trial, trial.isAlone ? PATIENCE_MS : patienceMs(trial.suspicion), () => this.#leave(trial));
    if (trial.isAlone) submit({ type: "ResumeRuns", runs: [run], alone: true });
    else resume(run);
  }

  /** It leaves when that is acknowledged: see `progressed`. */
  #sayGoodbye(trial: Trial, input: Input): void {
    this.#after(trial, PATIENCE_MS, () => this.#leave(trial));
    this.#options.submit(input);
  }

  #after(trial: Trial, ms: number, act: () => void): void {
    trial.forget();
    trial.forget = this.#options.clock.setTimer(ms, act);
  }

  #leave(trial: Trial): void {
    trial.forget();
    if (trial.stage === "waiting") this.#waiting.remove(trial.functionId);
    this.#trials.delete(trial.run);
    this.#options.lane.leave(trial);
  }

  #aloneMs(id: RunId): number {
    const { suspicion = 0, lanes = 0 } = this.#options.state.runs.peek(id) ?? {};
    return aloneMs(suspicion, lanes);
  }
}

/** For one of this suspicion, with which so many owners died while it was alone. */
export function aloneMs(suspicion: number, lanes: number): number {
  return Math.min(ALONE_MS * 2 ** Math.max(suspicion - LONE_SUSPICION - lanes, 0), MAX_ALONE_MS);
}
