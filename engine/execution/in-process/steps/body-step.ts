// A step with code of its own, in attempts: called once ownership is proved, watched over by a time-out, reported once.
import type { Span } from "../../../observability/tracing.ts";
import type { StepState } from "../../../workflow/state.ts";
import { nextAttempt } from "../../../workflow/step/fail.ts";
import { failureOf, timeoutFailure, wishOf } from "../../failure.ts";
import { idempotencyKeyOf } from "../../idempotency-key.ts";
import type { StepContext } from "../../step-tools.ts";
import { AbortedError } from "../../user-errors.ts";
import { Abortable } from "../abortable.ts";
import { AskedStep, type Place } from "../asked-step.ts";
import { tellIfBlocked } from "../blocked.ts";
import { BodyContext } from "../body-context.ts";
import type { Deadline } from "../deadlines.ts";
import type { ExecutingStep } from "../executing.ts";
import type { CheckedStepOptions } from "../step-options.ts";

export abstract class BodyStep extends AskedStep {
  /** The attempt that runs now or comes next. */
  protected attempt = 0;
  /** The last attempt whose end was submitted. */
  protected reported = -1;
  readonly #retries: number;
  readonly #timeoutMs: number;
  #isExecuting = false;
  /** Of those that its run has; it keeps it until what it came to is recorded. */
  #hasSlot = false;
  /** Counts the calls of its code: what a call that was given up says later does not count. */
  #calls = 0;
  /** When its first attempt began, milliseconds since 1970 by the log's clock. */
  #began: number | null = null;
  #abortable: Abortable | null = null;
  #span: Span | null = null;
  /** When its code was last called, on `performance.now()`'s scale. */
  #since = 0;
  deadline: Deadline | null = null;

  constructor(place: Place, { id, retries, timeoutMs }: CheckedStepOptions) {
    super(place, id);
    this.#retries = retries;
    this.#timeoutMs = timeoutMs;
  }

  /** The user's code. */
  protected abstract call(context: StepContext): unknown;
  /** It returned this, and that counts. Ends the execution by `finished`. @throws what it then fails with */
  protected abstract returned(output: unknown): void;

  override get isExecuting(): boolean {
    return this.#isExecuting;
  }

  override get execution(): ExecutingStep | null {
    if (!this.#isExecuting) return null;
    return { step: this.key, attempt: this.attempt, since: Math.round(this.live.now() - (performance.now() - this.#since)) };
  }

  get idempotencyKey(): string {
    return idempotencyKeyOf(this.live.id, this.key);
  }

  get abortable(): Abortable {
    this.#abortable ??= new Abortable();
    return this.#abortable;
  }

  override note(recorded: StepState): void {
    super.note(recorded);
    this.attempt = nextAttempt(recorded);
    if (recorded.status === "retrying") this.waitsUntil = recorded.retryAt;
    if ("began" in recorded) this.#began = recorded.began;
  }

  override begin(): void {
    const isEarly = this.waitsUntil !== null && this.waitsUntil > this.live.now();
    if (!isEarly || this.live.takeDueRetry(this.key)) this.execute();
  }

  override retry(): void {
    this.execute();
  }

  /** A handler that was outside of its steps, or in a frozen process, asks long after the ack that let it go on: the proof is looked at again. */
  protected execute(): void {
    if (this.#mayExecute() && this.#takeSlot()) this.live.host.whenProved(() => this.#callBody());
  }

  slotted(): void {
    this.#hasSlot = true;
    if (this.#mayExecute()) this.live.host.whenProved(() => this.#callBody());
    else this.giveSlotBack();
  }

  override giveSlotBack(): void {
    if (!this.#hasSlot) return;
    this.#hasSlot = false;
    this.live.slots?.ended();
  }

  override abort(reason: string): void {
    // What it came to is on its way to the record, which may give its slot to others: it is free when that is told.
    const isReported = !this.#isExecuting && this.reported >= this.attempt;
    if (this.#isExecuting) this.finished("aborted");
    this.live.slots?.calledOff(this);
    if (!isReported) this.giveSlotBack();
    this.abortable.abort(() => new AbortedError(reason));
  }

  protected get began(): number {
    return (this.#began ??= this.live.now());
  }

  /** It does not execute any more. Before, or in the same turn, what came of it is submitted. */
  protected finished(outcome: "completed" | "failed" | "aborted"): void {
    const seconds = (performance.now() - this.#since) / 1_000;
    this.#span?.end();
    this.live.lines?.stepEnds(this, this.attempt, outcome, seconds);
    this.live.meter[outcome].observe(seconds);
    this.#isExecuting = false;
    this.reported = this.attempt;
    this.live.host.deadlines.remove(this);
    this.live.host.executionChanged(-1);
  }

  /** It took too long. */
  timedOut(): void {
    const failure = timeoutFailure(`step "${this.id}"`, this.#timeoutMs);
    this.abortable.abort(() => failure);
    this.failed(failure);
  }

  protected failed(thrown: unknown): void {
    const { attempt, began } = this;
    const error = failureOf(thrown);
    this.#span?.failed(this.live.told(error));
    this.finished("failed");
    this.live.submit({
      type: "FailStep",
      run: this.live.id,
      step: this.key,
      attempt,
      began,
      error,
      wish: wishOf(thrown, this.live.now()),
      retries: this.#retries,
      random: this.live.host.random(),
    });
  }

  #takeSlot(): boolean {
    this.#hasSlot ||= this.live.slots?.take(this) ?? true;
    return this.#hasSlot;
  }

  #mayExecute(): boolean {
    return this.live.mayBegin(this) && !this.#isExecuting && this.reported < this.attempt;
  }

  #callBody(): void {
    if (!this.#mayExecute()) return;
    const { live } = this;
    const { host } = live;
    const call = ++this.#calls;
    this.#isExecuting = true;
    this.isBegun = true;
    this.waitsUntil = null;
    this.#began ??= live.now();
    host.executionChanged(1);
    // That of the last attempt may be aborted.
    this.#abortable = null;
    let result: unknown;
    this.#since = performance.now();
    host.deadlines.add(this, this.#timeoutMs, this.#since);
    live.calling = this;
    live.lines?.stepBegins(this, this.attempt);
    try {
      const body = new BodyContext(this, this.attempt);
      const span = live.spans?.step(this, this.attempt) ?? null;
      this.#span = span;
      result = span === null ? this.call(body) : span.within(() => this.call(body));
    } catch (thrown) {
      this.#threw(call, thrown);
      return;
    } finally {
      live.calling = null;
      tellIfBlocked(host.logger, this.#since, () => ({ step: this.id, function: live.functionId, runId: live.id }));
    }
    this.#resolve(call, result);
  }

  /** What is no promise is taken at once. */
  #resolve(call: number, result: unknown): void {
    let isPromise: boolean;
    try {
      isPromise = result instanceof Promise || isThenable(result);
    } catch (thrown) {
      this.#threw(call, thrown);
      return;
    }
    if (!isPromise) return this.#returned(call, result);
    Promise.resolve(result).then(
      (output) => this.#returned(call, output),
      (thrown: unknown) => this.#threw(call, thrown),
    );
  }

  #returned(call: number, output: unknown): void {
    if (!this.#stillCounts(call)) return;
    try {
      this.returned(output);
    } catch (error) {
      this.failed(error);
    }
  }

  #threw(call: number, thrown: unknown): void {
    if (this.#stillCounts(call)) this.failed(thrown);
  }

  #stillCounts(call: number): boolean {
    return !this.live.isEnded && this.#isExecuting && this.#calls === call;
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
