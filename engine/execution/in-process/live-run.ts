// One run whose handler is in memory. The handler is called once and continues as its steps become durable; recorded steps are answered
// from the record, in journal order, each after the handler has gone quiet, so that parallel branches meet as they first did (DESIGN §9).
import type { Logger } from "pino";
import { ConfigurationError } from "../../core/configuration-error.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import type { FunctionMeter } from "../../observability/meters.ts";
import type { Input } from "../../workflow/decide.ts";
import type { Failure, TriggerEvent } from "../../workflow/records.ts";
import type { RetryWish } from "../../workflow/run/attempt.ts";
import type { RunState, StepState } from "../../workflow/state.ts";
import { isSettled } from "../../workflow/step/complete.ts";
import { failureOf, timeoutFailure, wishOf } from "../failure.ts";
import type { RegisteredFunction } from "../function.ts";
import { resultJson } from "../result-json.ts";
import { AbortedError } from "../user-errors.ts";
import { Abortable } from "./abortable.ts";
import type { AskedStep } from "./asked-step.ts";
import { AskedSteps } from "./asked-steps.ts";
import type { Branch } from "./branch.ts";
import type { Deadline } from "./deadlines.ts";
import type { ExecutingStep } from "./executing.ts";
import { HandlerContext } from "./handler-context.ts";
import { REST_MS } from "./idle-runs.ts";
import { LeftBehind } from "./left-behind.ts";
import { LostSteps } from "./lost-steps.ts";
import { NewWaits, type NewWait } from "./new-waits.ts";
import { Outcomes } from "./outcomes.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { linesOf, type RunLines } from "./run-lines.ts";
import { runLogger } from "./run-logger.ts";
import { RunSlots } from "./run-slots.ts";
import type { RunHost } from "./run-host.ts";
import { SealedRun, SUBJECT_ERASED } from "./sealed-run.ts";
import { RunSpans } from "./run-spans.ts";
import { kindDifference } from "./step-kind.ts";
import { awaited, idleness, isResting, named } from "./waiting.ts";

const NO_EVENTS: readonly TriggerEvent[] = [];
const NOTHING_RECORDED: ReadonlyMap<StepKey, StepState> = new Map();

export class LiveRun {
  readonly id: RunId;
  readonly functionId: string;
  /** What began it; its data can be read from when the handler is called. */
  event: TriggerEvent;
  readonly meter: FunctionMeter;
  /** Null where nothing is said of it. */
  readonly lines: RunLines | null;
  /** Null where nothing is traced. */
  spans: RunSpans | null = null;
  /** Further events that it was started for. */
  batch: readonly TriggerEvent[];
  /** The run that it repeats. */
  readonly rerunOf: RunId | null;
  readonly host: RunHost;
  /** Null where nothing limits how many of its steps execute. */
  readonly slots: RunSlots | null;
  readonly #function: RegisteredFunction;
  /** Null where nothing is sealed. */
  readonly #sealed: SealedRun | null;
  /** What was recorded when the handler was called: the record is read from here and not from the state, which runs ahead of the acks. */
  readonly #recorded: ReadonlyMap<StepKey, StepState>;
  readonly #steps = new AskedSteps();
  readonly #outcomes: Outcomes;
  #waits: NewWaits | null = null;
  #lost: LostSteps | null = null;
  #leftBehind: LeftBehind | null = null;
  readonly #abortable = new Abortable();
  readonly #wasParked: boolean;
  readonly #attempt: number;
  /** Retries that came due before the handler asked for their step again. */
  #dueRetries: Set<StepKey> | null = null;
  /** Steps to begin when everything recorded is delivered. */
  #held: AskedStep[] = [];
  #logger: Logger | null = null;
  /** Waits by whose records the run does nothing but wait, and that are not acknowledged yet. */
  #rests: StepKey[] = [];
  #isEnded = false;
  /** The step whose body is being called right now. */
  calling: AskedStep | null = null;
  /** The step whose outcome the handler goes on with. */
  #continuesAfter: StepKey | null = null;
  /** Order of the last outcome that was delivered. */
  #delivered = -1;
  /** When the handler was called, or last got something to go on with. */
  #outsideSince = performance.now();
  deadline: Deadline | null = null;

  constructor(run: RunState, registered: RegisteredFunction, host: RunHost) {
    this.id = run.id;
    this.functionId = run.functionId;
    this.event = run.event;
    this.batch = run.flow?.batch ?? NO_EVENTS;
    this.rerunOf = run.rerun?.original ?? null;
    this.host = host;
    this.lines = linesOf(host, this);
    this.meter = host.meters.function(run.functionId);
    this.slots = run.flow === null || run.flow.needs.length === 0 ? null : this.#slotsOf(run.flow.slots, run.flow.asks.length);
    this.#function = registered;
    this.#sealed = host.sealing === null ? null : new SealedRun(host.sealing, [run.event, ...(run.flow?.batch ?? [])]);
    this.#recorded = run.steps.size === 0 ? NOTHING_RECORDED : new Map(run.steps);
    this.#wasParked = run.status.status === "parked";
    this.#attempt = run.attempt;
    const { pending } = this.#steps;
    this.#outcomes = new Outcomes(run.steps, {
      isAsked: (key) => this.#steps.has(key),
      deliver: (key, outcome) => this.#deliver(key, outcome),
      caughtUp: () => this.#caughtUp(),
      quiet: () => this.#restIfIdle(),
      stuck: (key) => this.#stuck(key),
      mayBeLeftBehind: (outcome) => this.#leftBehind?.mayHold(outcome) === true,
      blocked: () => awaited(pending, ({ key }) => this.#outcomes.replaying || this.#outcomes.has(key)).length > 0,
      graceMs: host.divergenceGraceMs,
      turns: this.slots === null ? host.turns : null,
    });
  }

  begin(): void {
    this.host.deadlines.add(this, HANDLER_TIMEOUT_MS, this.#outsideSince);
    if (this.#sealed === null) this.#call();
    else this.#openAndCall(this.#sealed);
  }

  /** What is sealed is opened first; where nobody can, the run fails, and its code is not called. */
  #openAndCall(sealed: SealedRun): void {
    const opened = sealed.events([this.event, ...this.batch]);
    if (opened === null) return this.#failed(SUBJECT_ERASED, { kind: "never" });
    if (opened instanceof Promise) {
      void opened.then(() => (this.#isEnded ? undefined : this.#openAndCall(sealed)));
      return;
    }
    const [event = this.event, ...batch] = opened;
    [this.event, this.batch] = [event, batch];
    this.#call();
  }

  #call(): void {
    const context = new HandlerContext(this, this.#attempt);
    this.lines?.begins(this.#attempt, this.#recorded.size);
    const { tracing } = this.host;
    if (tracing.isOn) this.spans = new RunSpans(tracing, this, { attempt: this.#attempt, isResumed: this.#recorded.size > 0 });
    this.#outcomes.begin();
    let result: unknown;
    try {
      const { spans } = this;
      result = spans === null ? this.#function.handler(context) : spans.within(() => this.#function.handler(context));
    } catch (thrown) {
      result = Promise.reject(thrown);
    }
    Promise.resolve(result).then(
      (output) => this.#returned(output),
      (thrown: unknown) => this.#threw(thrown),
    );
  }

  /** Something of a step is durable: its outcome, or how far it is. */
  settle(key: StepKey, recorded: StepState): void {
    if (recorded.status === "cancelled") return;
    if (this.slots !== null) this.#settleSlots(this.slots, key, recorded);
    if (isSettled(recorded)) {
      this.#outcomes.add(key, recorded);
      return;
    }
    const step = this.#steps.pendingStep(key);
    if (step !== undefined) this.#note(step, recorded);
    if (!this.#outcomes.busy) this.#restIfIdle();
  }

  /** So many more, or fewer, of its steps may execute. */
  slotsChanged(by: number): void {
    this.slots?.changed(by);
    // Who asked for it may have been called off.
    if (by > 0 && !this.#outcomes.busy) this.#restIfIdle();
  }

  retry(key: StepKey): void {
    const step = this.#steps.pendingStep(key);
    this.host.idle.remove(this);
    if (step === undefined || this.#outcomes.replaying) (this.#dueRetries ??= new Set()).add(key);
    else step.retry();
  }

  end(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.spans?.end();
    this.host.deadlines.remove(this);
    this.host.idle.remove(this);
    this.#outcomes.stop();
    this.#lost?.stop();
    this.#abortable.abort(() => new AbortedError(reason));
    for (const step of this.#steps.clear()) step.abort(reason);
  }

  /** The handler has been outside of its steps for too long. */
  timedOut(): void {
    const isWithinTime = performance.now() - this.#outsideSince < HANDLER_TIMEOUT_MS;
    if (isWithinTime || this.#steps.pending.size > 0) {
      // What it waits for has a time-out of its own; or it went on meanwhile.
      this.host.deadlines.add(this, HANDLER_TIMEOUT_MS);
      return;
    }
    this.#threw(timeoutFailure(`function "${this.functionId}", outside of its steps,`, HANDLER_TIMEOUT_MS));
  }

  /** It has waited for long enough: called again, it goes on from the record. */
  rest(): void {
    if (!this.#isEnded) this.host.rests(this);
  }

  // What the handler is given.

  get signal(): AbortSignal {
    return this.#abortable.signal;
  }

  get logger(): Logger {
    if (this.#logger === null) {
      this.#logger = runLogger(this.host, this);
      if (this.#outcomes.replaying) this.#logger.level = "silent";
    }
    return this.#logger;
  }

  ask(step: AskedStep): Promise<unknown> {
    this.#steps.add(step);
    this.host.idle.remove(this);
    const recorded = this.#recorded.get(step.key);
    const { rehearsal } = this.host;
    if (rehearsal !== undefined) return this.#rehearse(rehearsal, step, recorded);
    const difference = recorded === undefined ? null : kindDifference(step.kind, recorded);
    if (difference !== null) {
      this.#diverge(`step "${step.key}" ${difference}`);
      return step.promise;
    }
    const { replaying } = this.#outcomes;
    if (recorded !== undefined && !isSettled(recorded)) this.#note(step, recorded);
    if (this.#outcomes.recall(step.key) || replaying) this.#outcomes.asked();
    if (recorded?.status === "cancelled") this.#lostSteps.asked(!replaying);
    if (!isSettled(recorded)) {
      if (replaying) this.#held.push(step);
      else step.begin();
    }
    return step.promise;
  }

  #rehearse(rehearsal: Rehearsal, step: AskedStep, recorded: StepState | undefined): Promise<unknown> {
    this.#outcomes.rehearse(step.key, rehearsal.asked(step, recorded));
    return step.promise;
  }

  /** None of these branches' steps begins any more, and what is under way is recorded as cancelled. */
  callOff(branches: readonly Branch[], reason: string): void {
    if (this.#isEnded) return;
    for (const branch of branches) branch.close();
    const steps = this.#steps.takeClosed();
    if (this.#recorded.size > 0) {
      this.#leftBehind ??= new LeftBehind(this.#recorded, (key) => this.#steps.has(key));
      this.#leftBehind.calledOff(steps, this.#delivered);
    }
    for (const step of steps) step.abort(reason);
    this.#lostSteps.add(steps, !this.#outcomes.replaying);
  }

  // What its steps ask of it.

  get retries(): number {
    return this.#function.retries;
  }

  /** The step whose outcome the handler, or a branch of it, goes on with; null at its beginning. */
  get continuesAfter(): StepKey | null {
    return this.#continuesAfter;
  }

  get executing(): readonly ExecutingStep[] {
    return [...this.#steps.pending].flatMap((step) => step.execution ?? []);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** @throws ConfigurationError `INVALID_STEP` */
  keyFor(id: string): StepKey {
    if (this.calling !== null) {
      throw new ConfigurationError(
        "INVALID_STEP",
        `step "${id}" is asked for inside the body of step "${this.calling.id}". A body is not called again once its result is recorded, so steps cannot be in one: put them one after the other`,
      );
    }
    return this.#steps.nextKey(id);
  }

  /** Whether what comes of the step still matters. */
  counts(step: AskedStep): boolean {
    return !this.#isEnded && step.branch?.isClosed !== true;
  }

  mayBegin(step: AskedStep): boolean {
    return this.counts(step) && !this.host.holding();
  }

  beginWait(step: NewWait): void {
    this.spans?.waits(step);
    this.lines?.stepWaits(step);
    this.#waits ??= new NewWaits({
      mayBegin: () => !this.#isEnded && !this.host.holding(),
      isResting: () => this.#held.length === 0 && isResting(this.#steps.pending),
      rests: (key) => {
        if (this.slots === null) return;
        this.#rests.push(key);
        this.slots.rests();
      },
      submit: (input) => this.submit(input),
    });
    this.#waits.add(step);
  }

  takeDueRetry(key: StepKey): boolean {
    return this.#dueRetries?.delete(key) === true;
  }

  now(): number {
    return this.host.now();
  }

  submit(input: Input): void {
    if (!this.#isEnded) this.host.submit(this.#sealed?.input(input) ?? input);
  }

  /** An error as traces have it. */
  told(error: Failure): Failure {
    return this.#sealed?.told(error) ?? error;
  }

  /** How far a step is. A cursor is under the key of the run's event, which is known by now. */
  #note(step: AskedStep, recorded: StepState): void {
    const opened = this.#sealed?.outcome(recorded) ?? recorded;
    if (!(opened instanceof Promise) && opened.status === recorded.status) step.note(opened);
  }

  get #lostSteps(): LostSteps {
    this.#lost ??= new LostSteps(this.#steps.pending, this.#recorded, {
      graceMs: this.host.divergenceGraceMs,
      record: (steps) => this.submit({ type: "CancelSteps", run: this.id, steps }),
      stuck: (key) => this.#diverge(`step "${key}" is recorded as called off with its branch, but the code still waits for it`),
    });
    return this.#lost;
  }

  #deliver(key: StepKey, outcome: StepState): void | Promise<void> {
    if ("order" in outcome) this.#delivered = Math.max(this.#delivered, outcome.order);
    const step = this.#steps.pendingStep(key);
    if (step === undefined) return;
    // Its handler is in memory, and still knows what nobody is to know.
    if (this.#sealed?.isErased === true) return this.#failed(SUBJECT_ERASED, { kind: "never" });
    const opened = this.#sealed?.outcome(outcome) ?? outcome;
    return opened instanceof Promise ? opened.then((later) => this.#offer(step, later)) : this.#offer(step, opened);
  }

  #offer(step: AskedStep, outcome: StepState): void | Promise<void> {
    const rehearsed = this.host.rehearsal?.outcome(step, outcome) ?? outcome;
    if (rehearsed instanceof Promise) return rehearsed.then((later) => this.#give(step, later));
    this.#give(step, rehearsed);
  }

  #give(step: AskedStep, outcome: StepState): void {
    if (!this.#steps.remove(step)) return;
    this.host.idle.remove(this);
    this.#outsideSince = performance.now();
    this.#continuesAfter = step.key;
    if (this.#outcomes.replaying) this.lines?.stepSkipped(step);
    if (outcome.status === "resolved" && outcome.event !== null) this.spans?.came(outcome.event);
    step.settle(outcome);
  }

  #caughtUp(): void {
    if (this.#logger !== null) this.#logger.level = this.host.logger.level;
    if (this.#wasParked) this.submit({ type: "UnparkRun", run: this.id });
    this.#lost?.caughtUp();
    const held = this.#held;
    this.#held = [];
    for (const step of held) if (this.counts(step)) step.begin();
  }

  #slotsOf(held: number, asked: number): RunSlots {
    const run = this.id;
    return new RunSlots(
      { held, asked },
      {
        ask: (count) => this.submit({ type: "AskSlots", run, count }),
        giveBack: (count) => this.submit({ type: "ReturnSlots", run, count }),
      },
    );
  }

  #settleSlots(slots: RunSlots, key: StepKey, { status }: StepState): void {
    if (this.#rests[0] === key) {
      this.#rests.shift();
      slots.rested(status === "sleeping" || status === "waiting" || status === "invoking");
    }
    this.#steps.step(key)?.giveSlotBack();
  }

  /** A run that does nothing but wait is idle: it is let go of, and called again when something comes; at once where that is far away for sure. */
  #restIfIdle(): void {
    this.host.rehearsal?.quiet();
    const isBusy = this.#isEnded || this.#outcomes.replaying || this.#held.length > 0 || this.#waits?.isEmpty === false;
    if (!isBusy && this.slots !== null && this.#steps.pending.size > 0) this.slots.quiet();
    const idle = isBusy ? null : idleness(this.#steps.pending, this);
    if (idle === null) this.host.idle.remove(this);
    else if (idle.mayEndEarly || idle.until - this.now() <= REST_MS) this.host.idle.add(this);
    else this.rest();
  }

  /** Returns whether it goes on without what is recorded. */
  #stuck(key: StepKey): boolean {
    const { rehearsal } = this.host;
    if (rehearsal !== undefined) return rehearsal.passOver(key);
    this.#diverge(`step "${key}" is recorded, but the code asks for ${named(awaited(this.#steps.pending))} instead`);
    return false;
  }

  #returned(output: unknown): void {
    if (this.#isEnded) return;
    const neverAsked = this.#neverAsked();
    const [missing] = neverAsked;
    if (this.host.rehearsal !== undefined) this.host.rehearsal.unasked(neverAsked);
    else if (missing !== undefined) {
      this.#diverge(`step "${missing}" is recorded, but the code returns without asking for it`);
      return;
    }
    let json: string | null;
    try {
      json = resultJson(output, `what function "${this.functionId}" returns`);
    } catch (error) {
      this.#threw(error);
      return;
    }
    this.lines?.returned();
    // What lost a race is called off, unlike what is just not awaited.
    this.#lost?.flush();
    this.submit({ type: "CompleteRun", run: this.id, output: json });
    this.host.settled(this);
  }

  /** A branch that was called off may have got further than it does now. */
  #neverAsked(): readonly StepKey[] {
    const keys: StepKey[] = [];
    for (const [key, step] of this.#recorded) {
      if (step.status !== "cancelled" && !this.#steps.has(key) && this.#leftBehind?.mayHold(step) !== true) keys.push(key);
    }
    return keys;
  }

  #threw(thrown: unknown): void {
    this.#failed(failureOf(thrown), wishOf(thrown, this.now()));
  }

  #failed(error: Failure, wish: RetryWish): void {
    if (this.#isEnded) return;
    this.spans?.failed(this.told(error));
    this.lines?.threw(error);
    this.submit({
      type: "FailRunAttempt",
      run: this.id,
      attempt: this.#attempt,
      error,
      wish,
      retries: this.#function.retries,
      random: this.host.random(),
    });
    this.host.settled(this);
  }

  #diverge(difference: string): void {
    if (this.#isEnded) return;
    this.submit({ type: "ParkRun", run: this.id, difference });
    this.host.settled(this);
  }
}

/** A function may be outside of its steps, e.g. in a request of its own, for this long. */
const HANDLER_TIMEOUT_MS = 3_600_000;
