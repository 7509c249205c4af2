// One run whose handler is in memory. The handler is called once and continues as its steps become durable; recorded steps are answered
// from the record, in journal order, each after the handler has gone quiet, so that parallel branches meet as they first did (DESIGN §9).
import type { Logger } from "pino";
import { ConfigurationError } from "../../core/configuration-error.ts";
import { durationMs, type Duration } from "../../core/duration.ts";
import { stepKey, type StepKey } from "../../core/ids.ts";
import type { RunState, StepState } from "../../workflow/state.ts";
import { nextAttempt } from "../../workflow/step/fail.ts";
import { isSettled } from "../../workflow/step/complete.ts";
import { failureOf, timeoutFailure, wishOf } from "../failure.ts";
import type { RegisteredFunction, StepContext, StepOptions } from "../function.ts";
import { fromJson, type Json } from "../json.ts";
import { resultJson } from "../result-json.ts";
import type { InvokerHost } from "../invoker.ts";
import { AbortedError, StepError } from "../user-errors.ts";
import { Abortable } from "./abortable.ts";
import { AskedStep } from "./asked-step.ts";
import { BodyContext, HandlerContext } from "./contexts.ts";
import { tellIfBlocked } from "./blocked.ts";
import type { Deadlines } from "./deadlines.ts";
import { Outcomes } from "./outcomes.ts";
import { stepOptions } from "./step-options.ts";
import { awaited, idleUntil, isResting, named } from "./waiting.ts";

/** What a live run needs from the invoker that holds it. */
export interface RunHost extends Omit<InvokerHost, "rested"> {
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly random: () => number;
  readonly divergenceGraceMs: number;
  /** True while a graceful stop lets no further step begin. */
  holding(): boolean;
  executionChanged(by: 1 | -1): void;
  settled(run: LiveRun): void;
  /** The run waits for a time far away and need not be in memory. */
  rests(run: LiveRun): void;
}

const NOTHING_RECORDED: ReadonlyMap<StepKey, StepState> = new Map();

export class LiveRun {
  readonly run: RunState;
  readonly #function: RegisteredFunction;
  readonly #host: RunHost;
  readonly #asked = new Map<StepKey, AskedStep>();
  /** Of these, the ones that the handler has no answer to yet. */
  readonly #pending = new Set<AskedStep>();
  readonly #occurrences = new Map<string, number>();
  /** What was recorded when the handler was called: the record is read from here and not from the state, which runs ahead of the acks. */
  readonly #recorded: ReadonlyMap<StepKey, StepState>;
  readonly #outcomes: Outcomes;
  readonly #abortable = new Abortable();
  readonly #wasParked: boolean;
  readonly #attempt: number;
  /** Retries that came due before the handler asked for their step again. */
  readonly #dueRetries = new Set<StepKey>();
  /** Steps to begin when everything recorded is delivered. */
  #held: AskedStep[] = [];
  #newSleeps: { step: AskedStep; wakeAt: number | null; durationMs: number | null }[] = [];
  #logger: Logger | null = null;
  #ended = false;
  /** The step whose body is being called right now. */
  #calling: AskedStep | null = null;
  /** When the handler was called, or last got something to go on with. */
  #outsideSince = performance.now();

  constructor(run: RunState, registered: RegisteredFunction, host: RunHost) {
    this.run = run;
    this.#function = registered;
    this.#host = host;
    this.#recorded = run.steps.size === 0 ? NOTHING_RECORDED : new Map(run.steps);
    this.#wasParked = run.status.status === "parked";
    this.#attempt = run.attempt;
    this.#outcomes = new Outcomes(run.steps, {
      isAsked: (key) => this.#asked.has(key),
      deliver: (key, outcome) => this.#deliver(key, outcome),
      caughtUp: () => this.#caughtUp(),
      quiet: () => this.#restIfIdle(),
      stuck: (key) => this.#diverge(`step "${key}" is recorded, but the code asks for ${named(awaited(this.#pending))} instead`),
      blocked: () => awaited(this.#pending, ({ key }) => this.#outcomes.replaying || this.#outcomes.has(key)).length > 0,
      graceMs: host.divergenceGraceMs,
    });
  }

  begin(): void {
    this.#host.deadlines.add(this, HANDLER_TIMEOUT_MS);
    const context = new HandlerContext(this, this.#attempt);
    this.#outcomes.begin();
    let result: unknown;
    try {
      result = this.#function.handler(context);
    } catch (thrown) {
      result = Promise.reject(thrown);
    }
    Promise.resolve(result).then(
      (output) => this.#returned(output),
      (thrown: unknown) => this.#threw(thrown),
    );
  }

  settle(key: StepKey, outcome: StepState): void {
    const step = this.#asked.get(key);
    if (outcome.status === "retrying") {
      if (step === undefined) return;
      step.attempt = outcome.attempt + 1;
      step.waitsUntil = outcome.retryAt;
      step.began = outcome.began;
    } else if (outcome.status === "sleeping") {
      if (step !== undefined) step.waitsUntil = outcome.wakeAt;
    } else {
      this.#outcomes.add(key, outcome);
      return;
    }
    if (!this.#outcomes.busy) this.#restIfIdle();
  }

  /** A run that waits for nothing but a time far away is let go of, and called again when that comes. */
  #restIfIdle(): void {
    const until = this.#idleUntil();
    if (until !== null && until - this.#host.now() > REST_MS) this.#host.rests(this);
  }

  #idleUntil(): number | null {
    const isBusy = this.#ended || this.#outcomes.replaying || this.#held.length > 0 || this.#newSleeps.length > 0;
    return isBusy ? null : idleUntil(this.#pending);
  }

  retry(key: StepKey): void {
    const step = this.#asked.get(key);
    if (step === undefined || this.#outcomes.replaying) this.#dueRetries.add(key);
    else this.#execute(step);
  }

  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#host.deadlines.remove(this, HANDLER_TIMEOUT_MS);
    this.#outcomes.stop();
    this.#abortable.abort(() => new AbortedError(reason));
    for (const step of this.#pending) {
      if (step.executing) this.#finished(step);
      step.abortable.abort(() => new AbortedError(reason));
    }
    this.#asked.clear();
    this.#pending.clear();
  }

  /** The handler has been outside of its steps for too long. */
  timedOut(): void {
    const isWithinTime = performance.now() - this.#outsideSince < HANDLER_TIMEOUT_MS;
    if (isWithinTime || this.#pending.size > 0) {
      // What it waits for has a time-out of its own; or it went on meanwhile.
      this.#host.deadlines.add(this, HANDLER_TIMEOUT_MS);
      return;
    }
    this.#threw(timeoutFailure(`function "${this.#function.id}", outside of its steps,`, HANDLER_TIMEOUT_MS));
  }

  get signal(): AbortSignal {
    return this.#abortable.signal;
  }

  get logger(): Logger {
    if (this.#logger === null) {
      this.#logger = this.#host.logger.child({ runId: this.run.id, function: this.run.functionId });
      if (this.#outcomes.replaying) this.#logger.level = "silent";
    }
    return this.#logger;
  }

  ask<T>(given: string | StepOptions, body: (context: StepContext) => T | Promise<T>): Promise<Json<Awaited<T>>> {
    const { id, retries, timeoutMs } = stepOptions(given, this.#function.retries);
    if (typeof body !== "function") throw new ConfigurationError("INVALID_STEP", `step "${id}" needs a function to run`);
    const step = this.#register("run", id);
    step.body = body;
    step.retries = retries;
    step.timeoutMs = timeoutMs;
    const recorded = this.#check(step);
    if (!isSettled(recorded)) {
      step.attempt = nextAttempt(recorded);
      if (this.#outcomes.replaying) this.#held.push(step);
      else this.#beginStep(step);
    }
    return step.promise as Promise<Json<Awaited<T>>>;
  }

  sleep(given: string, durationOf: Duration | null, wakeAt: number | null): Promise<void> {
    const { id } = stepOptions(given, 0);
    const duration = durationOf === null ? null : durationMs(durationOf);
    const step = this.#register("sleep", id);
    if (this.#check(step) === undefined) {
      this.#newSleeps.push({ step, wakeAt, durationMs: duration });
      if (this.#newSleeps.length === 1 && !this.#outcomes.replaying) setImmediate(() => this.#startSleeps());
    }
    return step.promise as Promise<void>;
  }

  #register(kind: AskedStep["kind"], id: string): AskedStep {
    if (this.#calling !== null) {
      throw new ConfigurationError(
        "INVALID_STEP",
        `step "${id}" is asked for inside the body of step "${this.#calling.id}". A body is not called again once its result is recorded, so steps cannot be in one: put them one after the other`,
      );
    }
    const occurrence = this.#occurrences.get(id) ?? 0;
    this.#occurrences.set(id, occurrence + 1);
    const step = new AskedStep(this, stepKey(id, occurrence), id, kind);
    this.#asked.set(step.key, step);
    this.#pending.add(step);
    return step;
  }

  /** What is recorded of the step; wakes what waited for it to be asked. */
  #check(step: AskedStep): StepState | undefined {
    if (this.#ended) return { status: "sleeping", wakeAt: 0 };
    const recorded = this.#recorded.get(step.key);
    if (recorded !== undefined) {
      const kind = recorded.status === "sleeping" || recorded.status === "slept" ? "sleep" : "run";
      if (kind !== step.kind) {
        this.#diverge(`step "${step.key}" is recorded as a ${kind}, but the code asks for a ${step.kind}`);
        return recorded;
      }
    }
    if (recorded?.status === "sleeping") step.waitsUntil = recorded.wakeAt;
    else if (recorded?.status === "retrying") {
      step.waitsUntil = recorded.retryAt;
      step.began = recorded.began;
    }
    if (this.#outcomes.replaying) this.#outcomes.asked();
    return recorded;
  }

  #beginStep(step: AskedStep): void {
    const recorded = this.#recorded.get(step.key);
    const isEarly = recorded?.status === "retrying" && step.attempt === nextAttempt(recorded) && recorded.retryAt > this.#host.now();
    if (isEarly && !this.#dueRetries.delete(step.key)) return;
    this.#execute(step);
  }

  /** A handler that was outside of its steps, or in a frozen process, asks long after the ack that let it go on: the proof is looked at again. */
  #execute(step: AskedStep): void {
    if (this.#mayExecute(step)) this.#host.whenProved(() => this.#callBody(step));
  }

  #mayExecute(step: AskedStep): boolean {
    return !this.#ended && !step.executing && step.reported < step.attempt && !this.#host.holding();
  }

  #callBody(step: AskedStep): void {
    if (!this.#mayExecute(step)) return;
    step.executing = true;
    step.waitsUntil = null;
    step.began ??= this.#host.now();
    this.#host.executionChanged(1);
    this.#host.deadlines.add(step, step.timeoutMs);
    const attempt = step.attempt;
    if (attempt > 0) step.renewAbortable();
    let result: unknown;
    let isPromise: boolean;
    this.#calling = step;
    const since = performance.now();
    try {
      result = step.body?.(new BodyContext(step, attempt));
      isPromise = result instanceof Promise || isThenable(result);
    } catch (thrown) {
      this.#stepThrew(step, attempt, thrown);
      return;
    } finally {
      this.#calling = null;
      tellIfBlocked(this.#host.logger, since, () => ({ step: step.id, function: this.run.functionId, runId: this.run.id }));
    }
    if (isPromise) {
      Promise.resolve(result).then(
        (output) => this.#stepReturned(step, attempt, output),
        (thrown: unknown) => this.#stepThrew(step, attempt, thrown),
      );
    } else this.#stepReturned(step, attempt, result);
  }

  #stepReturned(step: AskedStep, attempt: number, output: unknown): void {
    if (!this.#stillCounts(step, attempt)) return;
    let json: string | null;
    try {
      json = resultJson(output, `the result of step "${step.id}"`);
    } catch (error) {
      this.#stepThrew(step, attempt, error);
      return;
    }
    this.#finished(step);
    this.#host.submit({ type: "CompleteStep", run: this.run.id, step: step.key, output: json, began: this.#beganAt(step) });
  }

  /** @internal also called when the step's time is up */
  stepTimedOut(step: AskedStep): void {
    const failure = timeoutFailure(`step "${step.id}"`, step.timeoutMs);
    const attempt = step.attempt;
    step.abortable.abort(() => failure);
    this.#stepThrew(step, attempt, failure);
  }

  #stepThrew(step: AskedStep, attempt: number, thrown: unknown): void {
    if (!this.#stillCounts(step, attempt)) return;
    this.#finished(step);
    this.#host.submit({
      type: "FailStep",
      run: this.run.id,
      step: step.key,
      attempt,
      began: this.#beganAt(step),
      error: failureOf(thrown),
      wish: wishOf(thrown, this.#host.now()),
      retries: step.retries,
      random: this.#host.random(),
    });
  }

  #stillCounts(step: AskedStep, attempt: number): boolean {
    return !this.#ended && step.executing && step.attempt === attempt;
  }

  #beganAt(step: AskedStep): number {
    return step.began ?? this.#host.now();
  }

  #finished(step: AskedStep): void {
    step.executing = false;
    step.reported = step.attempt;
    this.#host.deadlines.remove(step, step.timeoutMs);
    this.#host.executionChanged(-1);
  }

  /** After the handler has gone quiet: only then it is known whether the run does anything beside sleeping. */
  #startSleeps(): void {
    if (this.#ended || this.#host.holding()) return;
    const sleeps = this.#newSleeps;
    this.#newSleeps = [];
    // What was held begins first, and is asked for already.
    const resting = this.#held.length === 0 && isResting(this.#pending);
    for (const { step, wakeAt, durationMs: duration } of sleeps) {
      this.#host.submit({ type: "StartSleep", run: this.run.id, step: step.key, wakeAt, durationMs: duration, resting });
    }
  }

  #deliver(key: StepKey, outcome: StepState): void {
    const step = this.#asked.get(key);
    if (step === undefined || !this.#pending.delete(step)) return;
    this.#outsideSince = performance.now();
    if (outcome.status === "failed") step.fail(new StepError(step.id, outcome.error));
    else step.succeed(outcome.status === "completed" ? fromJson(outcome.output) : undefined);
  }

  #caughtUp(): void {
    if (this.#logger !== null) this.#logger.level = this.#host.logger.level;
    if (this.#wasParked) this.#host.submit({ type: "UnparkRun", run: this.run.id });
    const held = this.#held;
    this.#held = [];
    for (const step of held) this.#beginStep(step);
    if (this.#newSleeps.length > 0) setImmediate(() => this.#startSleeps());
  }

  #returned(output: unknown): void {
    if (this.#ended) return;
    const missing = this.#neverAsked();
    if (missing !== undefined) {
      this.#diverge(`step "${missing}" is recorded, but the code returns without asking for it`);
      return;
    }
    let json: string | null;
    try {
      json = resultJson(output, `what function "${this.#function.id}" returns`);
    } catch (error) {
      this.#threw(error);
      return;
    }
    this.#host.submit({ type: "CompleteRun", run: this.run.id, output: json });
    this.#host.settled(this);
  }

  #neverAsked(): StepKey | undefined {
    for (const key of this.#recorded.keys()) if (!this.#asked.has(key)) return key;
    return undefined;
  }

  #threw(thrown: unknown): void {
    if (this.#ended) return;
    this.#host.submit({
      type: "FailRunAttempt",
      run: this.run.id,
      attempt: this.#attempt,
      error: failureOf(thrown),
      wish: wishOf(thrown, this.#host.now()),
      retries: this.#function.retries,
      random: this.#host.random(),
    });
    this.#host.settled(this);
  }

  #diverge(difference: string): void {
    if (this.#ended) return;
    this.#host.submit({ type: "ParkRun", run: this.run.id, difference });
    this.#host.settled(this);
  }
}

/** A function that waits longer than this is let go of. */
const REST_MS = 10_000;
/** A function may be outside of its steps, e.g. in a request of its own, for this long. */
const HANDLER_TIMEOUT_MS = 3_600_000;

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
