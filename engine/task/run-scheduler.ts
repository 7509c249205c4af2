// When a run's code is called: at once for a new run, a few at a time for those of an earlier owner, at their time for what waits for one.
import type { Clock } from "../core/clock.ts";
import { unreachable } from "../core/errors.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import type { Invoker } from "../execution/invoker.ts";
import type { Logger } from "../observability/logger.ts";
import type { Input } from "../workflow/decide.ts";
import type { PartitionState } from "../workflow/state.ts";
import type { Timer } from "../workflow/timer/timer-heap.ts";
import type { LogClock } from "./log-clock.ts";
import type { Pump } from "./pump.ts";
import { Starter } from "./starter.ts";
import { Timers } from "./timers.ts";

export interface RunSchedulerOptions {
  readonly state: PartitionState;
  readonly invoker: Invoker;
  readonly pump: Pump;
  readonly clock: Clock;
  readonly logClock: LogClock;
  readonly logger: Logger;
  readonly now: () => number;
  /** Whether code may be called at all: not before the claim, and not while the owner takes leave. */
  readonly mayStart: () => boolean;
  readonly submit: (input: Input) => void;
  /** The deadline of a wait that is decided here has come. */
  readonly expired: (run: RunId, step: StepKey) => void;
}

/** Timers that come due at once are taken in turns of the event loop. */
const MAX_DUE_A_TURN = 1_000;
const MAX_PARKED_TOLD = 10;

export class RunScheduler {
  readonly #options: RunSchedulerOptions;
  readonly #starter: Starter;
  readonly #timers: Timers;
  readonly #withoutCode = new Set<string>();

  constructor(options: RunSchedulerOptions) {
    const { state, invoker, pump, clock, logClock } = options;
    this.#options = options;
    this.#starter = new Starter(clock, (run) =>
      pump.owe(run, () => {
        this.start(run);
        // Where nothing began, its turn is over.
        if (!invoker.isLive(run)) this.#starter.progressed(run);
      }),
    );
    this.#timers = new Timers(state, clock, logClock, () => this.#takeDue());
  }

  /** Runs that wait for their turn. */
  get waiting(): number {
    return this.#starter.waiting;
  }

  /** Calls the run's code now, unless it is live, or not due, or not here. */
  start(id: RunId): void {
    const { state, invoker, now, mayStart } = this.#options;
    const run = state.runs.get(id);
    if (run === undefined || !mayStart() || invoker.isLive(id)) return;
    if (run.status.status === "quarantined" || (run.status.status === "backing-off" && run.status.retryAt > now())) return;
    if (invoker.canRun(run.functionId)) invoker.start(run);
    else this.#tellWithoutCode(run.functionId);
  }

  /** Calls the run's code when it is its turn. */
  resume(run: RunId): void {
    this.#starter.resume(run);
  }

  /** All runs of the owner before, but for those that only wait for time. */
  resumeAll(): void {
    for (const run of this.#options.state.runs.having("restless")) this.#starter.resume(run);
    this.#timers.arm();
  }

  progressed(run: RunId): void {
    this.#starter.progressed(run);
  }

  /** State changed: its next timer may be an earlier one. */
  arm(): void {
    this.#timers.arm();
  }

  /** The clock may have been set right: what is due by now is taken. */
  tick(): void {
    if ((this.#options.state.timers.nextAt() ?? Number.POSITIVE_INFINITY) <= this.#options.now()) this.#takeDue();
  }

  problems(): readonly string[] {
    const { runs } = this.#options.state;
    const parked = runs.having("parked");
    const told = parked.slice(0, MAX_PARKED_TOLD).flatMap((run) => runs.peek(run) ?? []);
    return [
      ...told.flatMap(({ id, functionId, status }) =>
        status.status === "parked"
          ? [`RUN_PARKED: run ${id} of function ${functionId}: ${status.difference}`]
          : status.status === "quarantined"
            ? [`RUN_QUARANTINED: run ${id} of function ${functionId}: ${status.reason}`]
            : [],
      ),
      ...(parked.length > MAX_PARKED_TOLD ? [`RUN_PARKED: and ${parked.length - MAX_PARKED_TOLD} more`] : []),
      ...[...this.#withoutCode].map((id) => `FUNCTION_NOT_HERE: this worker has no code for function ${id}; its runs wait`),
    ];
  }

  close(): void {
    this.#timers.stop();
    this.#starter.close();
  }

  #takeDue(): void {
    const { state, now } = this.#options;
    const at = now();
    for (let n = 0; n < MAX_DUE_A_TURN; n++) {
      const timer = state.timers.takeDue(at);
      if (timer === null) break;
      this.#due(timer, at);
    }
    this.#timers.arm();
  }

  #due(timer: Timer, now: number): void {
    const { submit, expired } = this.#options;
    switch (timer.kind) {
      case "step":
        return this.#stepDue(timer.run, timer.step, now);
      case "run":
        return this.#runDue(timer.run, now);
      case "wait":
        return expired(timer.run, timer.step);
      case "cron":
        return submit({ type: "TickCron", function: timer.functionId, cron: timer.cron });
      default:
        return unreachable(timer);
    }
  }

  #runDue(id: RunId, now: number): void {
    const { state, submit, invoker } = this.#options;
    const run = state.runs.get(id);
    if (run === undefined) return;
    const { status, startBy, finishBy } = run;
    if (status.status === "backing-off" && status.retryAt <= now) this.#starter.resume(id);
    if ((startBy ?? now + 1) <= now || (finishBy ?? now + 1) <= now) submit({ type: "TimeOutRun", run: id, isBegun: invoker.isLive(id) });
  }

  #stepDue(id: RunId, key: StepKey, now: number): void {
    const { state, invoker, pump, submit } = this.#options;
    const step = state.runs.get(id)?.steps.get(key);
    if (step?.status === "sleeping") submit({ type: "WakeStep", run: id, step: key });
    else if (step?.status === "invoking") submit({ type: "ExpireChild", run: id, step: key });
    else if (step?.status === "retrying" && step.retryAt <= now) {
      pump.owe(id, () => {
        // It may have been let go of meanwhile.
        if (invoker.isLive(id)) invoker.retry(id, key);
        else this.#starter.resume(id);
      });
    }
  }

  #tellWithoutCode(functionId: string): void {
    if (this.#withoutCode.has(functionId)) return;
    this.#withoutCode.add(functionId);
    this.#options.logger.warn(
      { code: "FUNCTION_NOT_HERE", function: functionId, partition: this.#options.state.partition },
      "this worker has no code for a function; its runs wait until a worker that has it owns the partition",
    );
  }
}
