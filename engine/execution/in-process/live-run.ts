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
import type { EventView, FunctionContext, RegisteredFunction, StepContext, StepOptions, StepTools } from "../function.ts";
import { fromJson, type Json, toJson } from "../json.ts";
import type { InvokerHost } from "../invoker.ts";
import { AbortedError, NonRetriableError, StepError } from "../user-errors.ts";
import { Abortable } from "./abortable.ts";
import { AskedStep } from "./asked-step.ts";
import type { Deadlines } from "./deadlines.ts";
import { Outcomes } from "./outcomes.ts";
import { MAX_RESULT_BYTES, stepOptions } from "./step-options.ts";

/** What a live run needs from the invoker that holds it. */
export interface RunHost extends InvokerHost {
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly random: () => number;
  readonly divergenceGraceMs: number;
  /** True while a graceful stop lets no further step begin. */
  holding(): boolean;
  executionChanged(by: 1 | -1): void;
  settled(run: LiveRun): void;
}

const NOTHING_RECORDED: ReadonlyMap<StepKey, StepState> = new Map();

export class LiveRun {
  readonly run: RunState;
  readonly #function: RegisteredFunction;
  readonly #host: RunHost;
  readonly #asked = new Map<StepKey, AskedStep>();
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
      stuck: (key) => this.#diverge(`step "${key}" is recorded, but the code asks for ${this.#awaited().join(", ")} instead`),
      blocked: () => this.#awaited((key) => this.#outcomes.replaying || this.#outcomes.has(key)).length > 0,
      graceMs: host.divergenceGraceMs,
    });
  }

  begin(): void {
    this.#host.deadlines.add(this, HANDLER_TIMEOUT_MS);
    const context = new Context(this, this.#attempt, eventView(this.run));
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
      if (step !== undefined) step.attempt = outcome.attempt + 1;
    } else if (outcome.status !== "sleeping") {
      this.#outcomes.add(key, outcome);
    }
  }

  retry(key: StepKey): void {
    const step = this.#asked.get(key);
    if (step === undefined || this.#outcomes.replaying) this.#dueRetries.add(key);
    else this.#execute(step);
  }

  /** Whether nothing is outstanding but sleeps. */
  get resting(): boolean {
    if (this.#outcomes.replaying || this.#held.length > 0) return false;
    let sleeps = 0;
    for (const step of this.#asked.values()) {
      if (step.delivered) continue;
      if (step.kind !== "sleep") return false;
      sleeps++;
    }
    return sleeps > 0;
  }

  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#host.deadlines.remove(this, HANDLER_TIMEOUT_MS);
    this.#outcomes.stop();
    this.#abortable.abort(() => new AbortedError(reason));
    for (const step of this.#asked.values()) {
      if (step.executing) this.#finished(step);
      if (!step.delivered) step.abortable.abort(() => new AbortedError(reason));
    }
    this.#asked.clear();
  }

  /** The handler has been outside of its steps for too long. */
  timedOut(): void {
    const isWithinTime = performance.now() - this.#outsideSince < HANDLER_TIMEOUT_MS;
    if (isWithinTime || [...this.#asked.values()].some((step) => !step.delivered)) {
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
    this.#host.executionChanged(1);
    this.#host.deadlines.add(step, step.timeoutMs);
    const attempt = step.attempt;
    if (attempt > 0) step.renewAbortable();
    let result: unknown;
    this.#calling = step;
    try {
      result = step.body?.(new StepRunContext(step, attempt));
    } catch (thrown) {
      this.#stepThrew(step, attempt, thrown);
      return;
    } finally {
      this.#calling = null;
    }
    if (result instanceof Promise || isThenable(result)) {
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
    this.#host.submit({ type: "CompleteStep", run: this.run.id, step: step.key, output: json });
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
      error: failureOf(thrown),
      wish: wishOf(thrown, this.#host.now()),
      retries: step.retries,
      random: this.#host.random(),
    });
  }

  #stillCounts(step: AskedStep, attempt: number): boolean {
    return !this.#ended && step.executing && step.attempt === attempt;
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
    const { resting } = this;
    for (const { step, wakeAt, durationMs: duration } of sleeps) {
      this.#host.submit({ type: "StartSleep", run: this.run.id, step: step.key, wakeAt, durationMs: duration, resting });
    }
  }

  #deliver(key: StepKey, outcome: StepState): void {
    const step = this.#asked.get(key);
    if (step === undefined || step.delivered) return;
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

  /** The steps that the handler asked for and has no answer to, by name. */
  #awaited(matches: (key: StepKey) => boolean = () => true): readonly string[] {
    return [...this.#asked.values()].filter((step) => !step.delivered && matches(step.key)).map((step) => `"${step.key}"`);
  }
}

/** A function may be outside of its steps, e.g. in a request of its own, for this long. */
const HANDLER_TIMEOUT_MS = 3_600_000;

/** Properties are made when they are asked for: most functions take few of them. */
class Context implements FunctionContext {
  readonly event: EventView;
  readonly attempt: number;
  readonly step: StepTools;
  readonly #live: LiveRun;

  constructor(live: LiveRun, attempt: number, event: EventView) {
    this.#live = live;
    this.event = event;
    this.attempt = attempt;
    this.step = new Tools(live);
  }

  get runId(): RunState["id"] {
    return this.#live.run.id;
  }
  get logger(): Logger {
    return this.#live.logger;
  }
  get signal(): AbortSignal {
    return this.#live.signal;
  }
}

class Tools implements StepTools {
  readonly #live: LiveRun;

  constructor(live: LiveRun) {
    this.#live = live;
  }

  run<T>(step: string | StepOptions, body: (context: StepContext) => T | Promise<T>): Promise<Json<Awaited<T>>> {
    return this.#live.ask(step, body);
  }
  sleep(id: string, duration: Duration): Promise<void> {
    return this.#live.sleep(id, duration, null);
  }
  sleepUntil(id: string, time: Date | string | number): Promise<void> {
    const wakeAt = new Date(time).getTime();
    if (Number.isNaN(wakeAt)) throw new ConfigurationError("INVALID_STEP", `step "${id}": ${JSON.stringify(time)} is not a time`);
    return this.#live.sleep(id, null, wakeAt);
  }
}

class StepRunContext implements StepContext {
  readonly attempt: number;
  readonly #step: AskedStep;
  readonly #abortable: Abortable;

  constructor(step: AskedStep, attempt: number) {
    this.#step = step;
    this.#abortable = step.abortable;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    return this.#abortable.signal;
  }
  get idempotencyKey(): string {
    return `${this.#step.live.run.id}/${this.#step.key}`;
  }
  get logger(): Logger {
    return this.#step.live.logger;
  }
}

function eventView(run: RunState): EventView {
  const { id, name, data, time, key, topic, partition, offset } = run.event;
  return { id, name, data: JSON.parse(data) as unknown, time, key, source: topic === "" ? null : { topic, partition, offset } };
}

/** @throws NonRetriableError with a clear reason: trying again would give the same */
function resultJson(output: unknown, what: string): string | null {
  let json: string | null;
  try {
    json = toJson(output, what);
  } catch (cause) {
    throw new NonRetriableError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (json !== null && json.length > MAX_RESULT_BYTES / 4 && Buffer.byteLength(json) > MAX_RESULT_BYTES) {
    throw new NonRetriableError(
      `${what} has ${Buffer.byteLength(json)} bytes of JSON; ${MAX_RESULT_BYTES} may be recorded. Store it elsewhere and return where it is.`,
    );
  }
  return json;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
