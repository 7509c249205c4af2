// When a run's code is called: at once for a new run, a few at a time for those of an earlier owner, at their time for what waits for one.
import type { Clock } from "../core/clock.ts";
import { unreachable } from "../core/errors.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import type { Invoker } from "../execution/invoker.ts";
import type { Logger } from "../observability/logger.ts";
import type { Meters } from "../observability/meters.ts";
import type { Input } from "../workflow/decide.ts";
import { isShared } from "../workflow/flow/limits/need-kind.ts";
import type { SeenRun } from "../workflow/run/run-marks.ts";
import type { PartitionState } from "../workflow/state.ts";
import { isExposed, MAX_LANES } from "../workflow/run/suspicion.ts";
import type { Timer } from "../workflow/timer/timer-heap.ts";
import { goneFunctions } from "./gone-functions.ts";
import { PATIENCE_MS, type Lane } from "./lane.ts";
import type { LogClock } from "./log-clock.ts";
import type { Pump } from "./pump.ts";
import { Starter } from "./starter.ts";
import { Suspects } from "./suspects.ts";
import { Timers } from "./timers.ts";
import { WaitingRuns } from "./waiting-runs.ts";

export interface RunSchedulerOptions {
  readonly state: PartitionState;
  readonly invoker: Invoker;
  readonly pump: Pump;
  readonly clock: Clock;
  readonly logClock: LogClock;
  readonly lane: Lane;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly now: () => number;
  /** Whether code may be called at all: not before the claim, and not while the owner takes leave. */
  readonly mayStart: () => boolean;
  readonly submit: (input: Input) => void;
  /** What waits for its time in the flow of runs. */
  readonly flowDue: (key: string) => void;
  /** The deadline of a wait that is decided here has come. */
  readonly expired: (run: RunId, step: StepKey) => void;
}

/** Timers that come due at once are taken in turns of the event loop. */
const MAX_DUE_A_TURN = 1_000;
const MAX_PARKED_TOLD = 10;
/** In a record. */
const MAX_RESTED = 1_000;

export class RunScheduler {
  readonly #options: RunSchedulerOptions;
  readonly #starter: Starter;
  readonly #suspects: Suspects;
  readonly #timers: Timers;
  /** Their code is called once their last change is acknowledged. */
  readonly #toCall = new WaitingRuns();
  readonly #withoutCode = new Set<string>();
  /** To be called once `RunsResumed` says so; those of one turn share a record. */
  #toResume: RunId[] = [];
  /** Came to rest with nothing to record. */
  readonly #rested = new Set<RunId>();
  /** Nobody of this process is called alone before the partitions that open have called those that are less suspicious. */
  readonly #letSuspectsIn: () => void;

  constructor(options: RunSchedulerOptions) {
    const { state, clock, logClock, lane, submit } = options;
    this.#options = options;
    const shared = { clock, lane, mayCall: (run: RunId) => this.#mayCall(run), resume: (run: RunId) => this.#resumeTogether(run) };
    this.#starter = new Starter({
      ...shared,
      functionOf: (run) => this.#functionOf(run),
      isExposed: (run) => {
        const now = state.runs.peek(run);
        return now !== undefined && isExposed(state, now);
      },
      call: (run) => this.#call(run),
    });
    this.#suspects = new Suspects({ ...shared, state, submit });
    this.#timers = new Timers(state, clock, logClock, () => this.#takeDue());
    const letIn = lane.holdBack();
    const forget = clock.setTimer(PATIENCE_MS, letIn);
    this.#letSuspectsIn = () => {
      forget();
      letIn();
    };
  }

  /** Runs that wait for their turn. */
  get waiting(): number {
    return this.#starter.waiting + this.#suspects.waiting + this.#toCall.size;
  }

  waitingOf(functionId: string): number {
    return this.#starter.waitingOf(functionId) + this.#suspects.waitingOf(functionId) + this.#toCall.countOf(functionId);
  }

  /** Calls the code of a run that this owner started. */
  start(run: RunId): void {
    const begun = this.#options.state.runs.peek(run);
    this.#giveUpSlots(begun);
    // One that repeats another begins without.
    if (begun !== undefined && this.#lacksSlot(begun)) this.#options.submit({ type: "AskFirstSlot", run });
    else this.#starter.begin(run);
  }

  /** Calls the run's code when it is its turn. */
  resume(id: RunId): void {
    const run = this.#options.state.runs.peek(id);
    if (run === undefined || run.status.status === "quarantined") return;
    this.#rested.delete(id);
    this.#giveUpSlots(run);
    if (this.#lacksSlot(run)) {
      // It is resumed when it has one.
      this.#options.submit({ type: "AskFirstSlot", run: id });
      return;
    }
    if (run.lanes >= MAX_LANES) this.#options.submit({ type: "QuarantineRun", run: id });
    else if (this.#suspects.has(id) || run.suspicion > 1) this.#suspects.add(run);
    else this.#starter.resume(id, run.suspicion === 1);
  }

  /** All runs of the owner before, but for those that only wait for time. Whom no owner died with comes first. */
  resumeAll(): void {
    const { runs } = this.#options.state;
    const suspects: RunId[] = [];
    for (const run of runs.having("restless")) {
      if ((runs.peek(run)?.suspicion ?? 0) > 0) suspects.push(run);
      else this.resume(run);
    }
    for (const run of suspects) this.resume(run);
    this.#letSuspectsIn();
    this.#timers.arm();
  }

  /** It stands in the journal that the code of these runs is called. */
  resumed(runs: readonly RunId[]): void {
    for (const run of runs) this.#call(run);
  }

  /** A record of the run is acknowledged. */
  progressed(run: RunId): void {
    if (this.#suspects.has(run)) this.#suspects.progressed(run);
    if (this.#starter.has(run) && (this.#options.state.runs.peek(run)?.suspicion ?? 0) === 0) this.#starter.progressed(run);
  }

  /** The run's code was let go of. */
  rested(id: RunId): void {
    this.#starter.progressed(id);
    this.#suspects.rested(id);
    const { state } = this.#options;
    const run = state.runs.peek(id);
    if (run !== undefined && !run.resting && isExposed(state, run)) this.#rested.add(id);
  }

  /** For people. */
  placeOf(run: RunId): { readonly partition: number; readonly functionId?: string } {
    const { state } = this.#options;
    const { functionId } = state.runs.peek(run) ?? {};
    return { partition: state.partition, ...(functionId === undefined ? {} : { functionId }) };
  }

  /** State changed: its next timer may be an earlier one. */
  arm(): void {
    this.#timers.arm();
  }

  /** The clock may have been set right: what is due by now is taken. */
  tick(): void {
    const rested = [...this.#rested];
    this.#rested.clear();
    for (let n = 0; n < rested.length; n += MAX_RESTED) this.#options.submit({ type: "RestRuns", runs: rested.slice(n, n + MAX_RESTED) });
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
      ...goneFunctions(this.#options.state),
    ];
  }

  close(): void {
    this.#timers.stop();
    this.#starter.close();
    this.#suspects.close();
    this.#letSuspectsIn();
  }

  /** Its code is called when it has a slot of its limits, like a step. */
  #lacksSlot({ id, functionId, flow }: SeenRun): boolean {
    const { invoker } = this.#options;
    return flow !== null && flow.needs.length > 0 && flow.slots === 0 && !invoker.isLive(id) && invoker.canRun(functionId);
  }

  /** Nobody here can use them, and runs of other functions wait for the like. It asks for one again where its code is. */
  #giveUpSlots(run: SeenRun | undefined): void {
    const { invoker, submit } = this.#options;
    if (run === undefined || run.flow === null || run.flow.slots === 0 || invoker.canRun(run.functionId)) return;
    if (run.flow.needs.some(isShared)) submit({ type: "ReturnSlots", run: run.id, count: run.flow.slots });
  }

  /** Once its last change is acknowledged. */
  #call(id: RunId): void {
    const { state, invoker, pump } = this.#options;
    this.#toCall.add(id, this.#functionOf(id));
    pump.owe(id, () => {
      this.#toCall.delete(id);
      const run = state.runs.get(id);
      if (run !== undefined && this.#mayCall(id)) invoker.start(run);
      const isLive = invoker.isLive(id);
      this.#starter.called(id, isLive);
      this.#suspects.called(id, isLive);
    });
  }

  #functionOf(id: RunId): string {
    return this.#options.state.runs.peek(id)?.functionId ?? "";
  }

  /** Unless it is live, or not due, or not here. */
  #mayCall(id: RunId): boolean {
    const { state, invoker, now, mayStart } = this.#options;
    const run = state.runs.peek(id);
    if (run === undefined || !mayStart() || invoker.isLive(id)) return false;
    const { status } = run;
    if (status.status === "quarantined" || (status.status === "backing-off" && status.retryAt > now())) return false;
    if (invoker.canRun(run.functionId)) return true;
    this.#tellWithoutCode(run.functionId);
    return false;
  }

  #resumeTogether(run: RunId): void {
    this.#toResume.push(run);
    if (this.#toResume.length > 1) return;
    queueMicrotask(() => {
      const runs = this.#toResume;
      this.#toResume = [];
      this.#options.submit({ type: "ResumeRuns", runs, alone: false });
    });
  }

  #takeDue(): void {
    const { state, now, meters } = this.#options;
    const at = now();
    for (let n = 0; n < MAX_DUE_A_TURN; n++) {
      const timer = state.timers.takeDue(at);
      if (timer === null) break;
      meters.timerLateness.of().observe((at - timer.at) / 1_000);
      this.#due(timer, at);
    }
    this.#timers.arm();
  }

  #due(timer: Timer, now: number): void {
    const { submit, expired, flowDue } = this.#options;
    switch (timer.kind) {
      case "step":
        return this.#stepDue(timer.run, timer.step, now);
      case "run":
        return this.#runDue(timer.run, now);
      case "wait":
        return expired(timer.run, timer.step);
      case "flow":
        return flowDue(timer.key);
      case "cron":
        return submit({ type: "TickCron", function: timer.functionId, cron: timer.cron });
      default:
        return unreachable(timer);
    }
  }

  #runDue(id: RunId, now: number): void {
    const { state, submit, invoker } = this.#options;
    const run = state.runs.get(id);
    if (run === undefined) {
      if (state.flow.rows.has(id)) submit({ type: "TimeOutRun", run: id, isBegun: false });
      return;
    }
    const { status, startBy, finishBy } = run;
    if (status.status === "backing-off" && status.retryAt <= now) this.resume(id);
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
        else this.resume(id);
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
