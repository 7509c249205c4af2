// step.iterate: code that is called again and again with the cursor that it returned last. A slice begins when the cursor before it is recorded,
// or, where that is asked for, when it was often enough: then what was not recorded is done again after a crash.
import { ConfigurationError } from "../../../core/configuration-error.ts";
import type { StepState } from "../../../workflow/state.ts";
import { sliceKeyOf } from "../../idempotency-key.ts";
import { fromJson } from "../../json.ts";
import { MAX_CURSOR_BYTES, resultJson } from "../../result-json.ts";
import type { Slice, StepContext } from "../../step-tools.ts";
import { NonRetriableError } from "../../user-errors.ts";
import type { Place } from "../asked-step.ts";
import { checkStepOptions, type CheckedStepOptions } from "../step-options.ts";
import type { StepKind } from "../step-kind.ts";
import { BodyStep } from "./body-step.ts";

/** An iteration as anybody may write it who has no types. */
export interface LooseIteration {
  readonly from: unknown;
  readonly next: (cursor: unknown, context: StepContext) => unknown;
  readonly everyMs?: number;
  readonly everyItems?: number;
}

const OPTIONS = ["from", "next", "everyMs", "everyItems"];

export class IterateStep extends BodyStep {
  #next: LooseIteration["next"] | null;
  readonly #everyMs: number;
  readonly #everyItems: number;
  /** Where the next slice begins: JSON, null for undefined. */
  #cursor: string | null;
  /** Slices since the cursor was recorded last. */
  #unrecorded = 0;
  #recordedAt: number;
  /** The next slice waits for the ack of the last one's cursor. */
  #isRecording = false;

  /** @throws ConfigurationError `INVALID_STEP`, NonRetriableError */
  constructor(place: Place, options: CheckedStepOptions, iteration: LooseIteration) {
    checkStepOptions(`step "${options.id}"`, iteration, OPTIONS);
    const { from, next, everyMs, everyItems } = iteration;
    if (typeof next !== "function") throw invalid(options.id, "it needs a function `next`");
    const isEvery = everyMs === undefined && everyItems === undefined;
    const cursor = resultJson(from, `the first cursor of step "${options.id}"`, MAX_CURSOR_BYTES);
    const every = isEvery ? 1 : checkNumber(options.id, "everyItems", everyItems);
    const period = checkNumber(options.id, "everyMs", everyMs);
    super(place, options);
    this.#next = next;
    this.#cursor = cursor;
    this.#everyItems = every;
    this.#everyMs = period;
    this.#recordedAt = this.live.now();
  }

  override get kind(): StepKind {
    return "iterate";
  }

  override get idempotencyKey(): string {
    return sliceKeyOf(super.idempotencyKey, this.#cursor);
  }

  override note(recorded: StepState): void {
    if (recorded.status === "iterating" && this.#isRecording) {
      this.#isRecording = false;
      // Between two slices its slot may have gone to another run: the record says so right after the cursor.
      if (this.live.slots === null) this.execute();
      else queueMicrotask(() => this.execute());
    } else if (recorded.status === "retrying" || !this.isBegun) {
      super.note(recorded);
      if ("cursor" in recorded && recorded.cursor !== undefined) this.#cursor = recorded.cursor;
    }
  }

  protected override call(context: StepContext): unknown {
    return this.#next?.(fromJson(this.#cursor), context);
  }

  protected override returned(result: unknown): void {
    const { cursor, done } = this.#checked(result);
    const { live, key: step, began } = this;
    this.#cursor = resultJson(cursor, `the cursor of step "${this.id}"`, MAX_CURSOR_BYTES);
    this.#unrecorded += 1;
    this.finished("completed");
    // It got on: the next slice has all its attempts.
    this.attempt = 0;
    this.reported = -1;
    if (done) {
      live.submit({ type: "CompleteStep", run: live.id, step, output: this.#cursor, began });
    } else if (this.#isDue()) {
      this.#isRecording = true;
      this.#record();
    } else {
      this.#goOn();
    }
  }

  /** In another turn, since a slice may well return at once. Who waits for what executes waits for this, too. */
  #goOn(): void {
    const { live } = this;
    live.host.executionChanged(1);
    setImmediate(() => {
      if (live.mayBegin(this)) this.execute();
      else if (live.host.holding() && live.counts(this)) this.#record();
      live.host.executionChanged(-1);
    });
  }

  /** What was done is recorded first: the next attempt goes on behind it. */
  protected override failed(thrown: unknown): void {
    if (this.#unrecorded > 0) this.#record();
    super.failed(thrown);
  }

  protected override release(): void {
    this.#next = null;
  }

  /** Who is about to leave lets nothing be done twice. */
  #isDue(): boolean {
    const { live } = this;
    return this.#unrecorded >= this.#everyItems || live.now() - this.#recordedAt >= this.#everyMs || live.host.holding();
  }

  #record(): void {
    const { live, key: step, began } = this;
    this.#unrecorded = 0;
    this.#recordedAt = live.now();
    live.submit({ type: "AdvanceIteration", run: live.id, step, cursor: this.#cursor, began });
  }

  #checked(result: unknown): Slice<unknown> {
    if (isSlice(result)) return result;
    throw new NonRetriableError(`step "${this.id}": \`next\` returns { cursor, done }, with true or false as done`);
  }
}

function isSlice(result: unknown): result is Slice<unknown> {
  return typeof result === "object" && result !== null && "cursor" in result && "done" in result && typeof result.done === "boolean";
}

function checkNumber(id: string, name: string, value = Number.POSITIVE_INFINITY): number {
  if (value >= 1) return value;
  throw invalid(id, `${name} is a number from 1 on, not ${String(value)}`);
}

function invalid(id: string, problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_STEP", `step "${id}": ${problem}`);
}
