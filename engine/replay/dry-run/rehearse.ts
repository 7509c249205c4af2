// Today's code over one past run: the real executor calls it with what is recorded, on a host that executes and records nothing. What it asks
// for beyond the record, and what of the record it does not ask for, is noted.
import type pino from "pino";
import { unreachable } from "../../core/errors.ts";
import type { StepKey } from "../../core/ids.ts";
import type { RegisteredFunction } from "../../execution/function.ts";
import type { AskedStep } from "../../execution/in-process/asked-step.ts";
import type { Deadlines } from "../../execution/in-process/deadlines.ts";
import type { IdleRuns } from "../../execution/in-process/idle-runs.ts";
import { LiveRun } from "../../execution/in-process/live-run.ts";
import type { Answer, Rehearsal } from "../../execution/in-process/rehearsal.ts";
import type { RunHost } from "../../execution/in-process/run-host.ts";
import { kindDifference } from "../../execution/in-process/step-kind.ts";
import { RunStep } from "../../execution/in-process/steps/run-step.ts";
import { Meters } from "../../observability/meters.ts";
import { noTracing } from "../../observability/tracing.ts";
import type { Input } from "../../workflow/decide.ts";
import type { Failure } from "../../workflow/records.ts";
import type { StepState } from "../../workflow/state.ts";
import { isSettled } from "../../workflow/step/complete.ts";
import { isFailedBy } from "../history/failed-by.ts";
import type { PastRun } from "../history/past-run.ts";
import { asksOf, otherInput, textOf, type EventSchemas } from "./asks.ts";
import type { Difference } from "./report.ts";
import { isSameJson } from "./same-json.ts";
import { shownError, shownJson } from "./shown-value.ts";

export interface RehearsalOptions {
  readonly deadlines: Deadlines;
  readonly idle: IdleRuns;
  /** A silent one. */
  readonly logger: pino.Logger;
  readonly app: string;
  readonly maxEventBytes: number;
  /** Ids of steps whose code is called again, beside those that are declared pure. */
  readonly recompute: ReadonlySet<string>;
  /** Of events that steps send. */
  readonly schemas?: EventSchemas;
  /** How long the code may take to ask for what is next in the record, while it waits for something else. */
  readonly graceMs: number;
  /** How long the code may take in all. */
  readonly limitMs: number;
}

export interface Rehearsed {
  /** In the order in which they showed, but for how it ends. */
  readonly differences: readonly Difference[];
  readonly end: RehearsedEnd;
  /** Steps that were asked for. */
  readonly asked: ReadonlySet<StepKey>;
  /** Recorded steps that were asked for before the code learned of anything that is not as it was, in the order in which they came to it. */
  readonly kept: readonly StepKey[];
  /** The first recorded outcome that did not reach the code. */
  readonly undelivered: StepKey | null;
  /** All that the code said, to compare with another call. */
  readonly transcript: readonly Line[];
}

export type RehearsedEnd =
  | { readonly kind: "returned"; /** JSON; null for undefined. */ readonly output: string | null }
  | { readonly kind: "threw"; readonly error: Failure }
  /** For steps that have no outcome. */
  | { readonly kind: "waits"; readonly steps: readonly StepKey[] }
  | { readonly kind: "unsettled" };

export interface Line {
  readonly step: StepKey | null;
  readonly text: string;
}

/** When the code waits for what it is known to wait for, and nothing else happens for so long, it is at its end. */
const QUIET_MS = 10;

/** What is only rehearsed is not measured. */
const NOT_TOLD = new Meters();

export function rehearse(past: PastRun, registered: RegisteredFunction, options: RehearsalOptions): Promise<Rehearsed> {
  return new RunRehearsal(past, registered, options).done;
}

class RunRehearsal implements RunHost, Rehearsal {
  readonly deadlines: Deadlines;
  readonly idle: IdleRuns;
  readonly turns = null;
  readonly logger: pino.Logger;
  readonly app: string;
  readonly maxEventBytes: number;
  readonly divergenceGraceMs: number;
  readonly meters = NOT_TOLD;
  readonly tracing = noTracing;
  readonly recentLogs = null;
  readonly bodyOf = null;
  readonly problemOfWait = null;
  readonly sealing = null;
  readonly rehearsal = this;
  readonly #past: PastRun;
  readonly #recompute: ReadonlySet<string>;
  readonly #schemas: EventSchemas | null;
  readonly #live: LiveRun;
  readonly #done = Promise.withResolvers<Rehearsed>();
  readonly #limit: NodeJS.Timeout;
  readonly #asked = new Set<StepKey>();
  /** Asked for, and without an outcome so far. */
  readonly #pending = new Map<StepKey, { readonly step: AskedStep; readonly answer: Answer }>();
  readonly #delivered = new Set<StepKey>();
  readonly #passedOver = new Map<StepKey, Difference | null>();
  /** Asked for while all that the code knew was as it had been. */
  readonly #unmoved = new Set<StepKey>();
  #isMoved = false;
  readonly #kept: StepKey[] = [];
  readonly #differences: Difference[] = [];
  /** New steps that may not come to begin, and how many outcomes had been given when they were asked for. */
  #young: { readonly step: AskedStep; readonly difference: Difference; readonly after: number }[] = [];
  readonly #transcript: Line[] = [];
  #unasked: readonly StepKey[] = [];
  #quiet: NodeJS.Timeout | null = null;
  #activity = 0;
  #isOver = false;

  constructor(past: PastRun, registered: RegisteredFunction, options: RehearsalOptions) {
    this.deadlines = options.deadlines;
    this.idle = options.idle;
    this.logger = options.logger;
    this.app = options.app;
    this.maxEventBytes = options.maxEventBytes;
    this.divergenceGraceMs = options.graceMs;
    this.#past = past;
    this.#recompute = options.recompute;
    this.#schemas = options.schemas ?? null;
    this.#limit = setTimeout(() => this.#end({ kind: "unsettled" }), options.limitMs);
    this.#live = new LiveRun(past.state, registered, this);
    this.#live.begin();
  }

  get done(): Promise<Rehearsed> {
    return this.#done.promise;
  }

  // What the run tells of its steps.

  asked(step: AskedStep, recorded: StepState | undefined): Answer {
    this.#activity += 1;
    const { key } = step;
    this.#asked.add(key);
    const asks = asksOf(step, this.#schemas);
    this.#transcript.push({ step: key, text: `${step.kind} ${textOf(asks)}` });
    const answer = this.#answer(step, recorded);
    this.#pending.set(key, { step, answer });
    const other = recorded === undefined ? null : otherInput(asks, this.#past.asked.get(key));
    if (other !== null) {
      this.#note({ verdict: "other-input", step: key, ...other, detail: `step "${key}" ${other.detail}` });
    } else if (answer === "record" && !this.#isMoved) this.#unmoved.add(key);
    this.#noteOrder(key);
    return answer;
  }

  outcome(step: AskedStep, recorded: StepState): StepState | Promise<StepState> {
    this.#activity += 1;
    this.#withdraw();
    const { key } = step;
    this.#delivered.add(key);
    this.#pending.delete(key);
    const isNew = !this.#past.state.steps.has(key);
    // A re-run tries it again.
    if (isFailedBy(this.#past.end, recorded)) this.#unmoved.delete(key);
    if (!(step instanceof RunStep) || (!isNew && !this.#isComputed(step))) {
      this.#keep(key);
      return recorded;
    }
    return step.computed("order" in recorded ? recorded.order : -1).then((computed) => {
      this.#activity += 1;
      this.#transcript.push({ step: key, text: `came to ${outcomeText(computed)}` });
      if (isNew || !isSameOutcome(recorded, computed)) this.#unmoved.delete(key);
      this.#keep(key);
      if (!isNew) this.#compareResults(key, recorded, computed);
      return computed;
    });
  }

  passOver(key: StepKey): boolean {
    const answers = this.#awaited().map(({ answer }) => answer);
    if (!answers.includes("record")) {
      this.#endWaiting();
      return false;
    }
    this.#activity += 1;
    // Behind a new step it may still be asked for.
    const difference = answers.includes("nothing") ? null : skipped(key);
    this.#passedOver.set(key, difference);
    if (difference !== null) this.#note(difference);
    return true;
  }

  quiet(): void {
    if (this.#quiet !== null || this.#isOver || this.#pending.size === 0) return;
    const before = this.#activity;
    const waitMs = this.#waitsAsItDid() ? QUIET_MS : this.divergenceGraceMs;
    this.#quiet = setTimeout(() => {
      this.#quiet = null;
      if (this.#activity === before) this.#endWaiting();
      else this.quiet();
    }, waitMs);
  }

  unasked(keys: readonly StepKey[]): void {
    this.#unasked = keys;
  }

  // What it would have its host do. Steps are held back, so that it is nothing but its end.

  holding(): boolean {
    return true;
  }
  submit(input: Input): void {
    if (input.type === "CompleteRun") {
      for (const key of this.#unasked) if ((this.#passedOver.get(key) ?? null) === null) this.#note(skipped(key));
      this.#end({ kind: "returned", output: input.output });
    }
    if (input.type === "FailRunAttempt") this.#end({ kind: "threw", error: input.error });
  }
  now(): number {
    return this.#past.state.startedAt;
  }
  random(): number {
    return 0;
  }
  whenProved(): void {}
  executionChanged(): void {}
  settled(): void {}
  rests(): void {}
  warnOnce(): void {}

  #answer(step: AskedStep, recorded: StepState | undefined): Answer {
    const { key, kind } = step;
    if (recorded === undefined) {
      const difference = {
        verdict: "would-run",
        step: key,
        detail: `would run step "${key}", which is not recorded`,
        was: null,
        is: null,
      } as const;
      this.#note(difference);
      this.#young.push({ step, difference, after: this.#delivered.size });
      return step instanceof RunStep && this.#isComputed(step) ? "code" : "nothing";
    }
    const difference = kindDifference(kind, recorded);
    if (difference !== null) {
      this.#note({ verdict: "other-input", step: key, detail: `step "${key}" ${difference}`, was: null, is: null });
      return "nothing";
    }
    return isSettled(recorded) && recorded.status !== "cancelled" ? "record" : "nothing";
  }

  #isComputed(step: RunStep): boolean {
    return step.isPure || this.#recompute.has(step.id);
  }

  /** The step's outcome comes to the code. Where it is another than it was, or might be, whatever is asked for from then on may be, too. */
  #keep(key: StepKey): void {
    if (this.#unmoved.has(key)) this.#kept.push(key);
    else this.#isMoved = true;
  }

  /**
   * A step whose branch is called off by the very next outcome does not begin; and waits begin a moment later, unless the run is over by then.
   * What was not begun when an attempt failed is asked for again by the next one, which is given all that is recorded at once.
   */
  #withdraw(isRunOver = false): void {
    for (const { step, difference } of this.#young) {
      const neverBegins = step.branch?.isClosed === true || (isRunOver && step.isOutside);
      if (neverBegins) this.#differences.splice(this.#differences.indexOf(difference), 1);
    }
    const wasRetried = this.#past.state.attempt > 0;
    this.#young = this.#young.filter(({ step, after }) => step.branch?.isClosed !== true && (wasRetried || after === this.#delivered.size));
  }

  /** What was passed over is asked for after all: later than it was. */
  #noteOrder(key: StepKey): void {
    const skip = this.#passedOver.get(key);
    if (skip === undefined) return;
    this.#passedOver.delete(key);
    const detail = `step "${key}" is asked for later than it was`;
    const difference: Difference = { verdict: "other-input", step: key, detail, was: null, is: null };
    if (skip === null) this.#note(difference);
    else this.#differences.splice(this.#differences.indexOf(skip), 1, difference);
  }

  #compareResults(key: StepKey, recorded: StepState, computed: StepState): void {
    if (isSameOutcome(recorded, computed)) return;
    const [was, is] = [shownOutcome(recorded), shownOutcome(computed)];
    const detail =
      computed.status === "failed"
        ? `step "${key}" fails now`
        : recorded.status === "failed"
          ? `step "${key}" had failed, and comes to a result now`
          : `step "${key}" comes to another result`;
    this.#note({ verdict: "different-result", step: key, detail, was, is });
  }

  #endWaiting(): void {
    const steps = this.#awaited().map(({ step }) => step.key);
    if (steps.length > 0) this.#end({ kind: "waits", steps });
  }

  /** But for those that were called off with their branch. */
  #awaited(): readonly { readonly step: AskedStep; readonly answer: Answer }[] {
    return [...this.#pending.values()].filter(({ step }) => step.branch?.isClosed !== true);
  }

  /** For nothing but what the run waits for by its record: it is not over. */
  #waitsAsItDid(): boolean {
    const { end, state } = this.#past;
    if (end.kind === "completed" || end.kind === "failed") return false;
    return this.#awaited().every(({ step }) => state.steps.has(step.key));
  }

  #note(difference: Difference): void {
    if (!this.#isOver) this.#differences.push(difference);
  }

  #end(end: RehearsedEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#limit);
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    this.#withdraw(end.kind === "returned" || end.kind === "threw");
    this.#transcript.push({ step: null, text: endText(end) });
    this.#done.resolve({
      differences: this.#differences,
      end,
      asked: this.#asked,
      kept: this.#kept,
      undelivered: this.#firstUndelivered(),
      transcript: this.#transcript,
    });
    this.#live.end("the dry run is over");
  }

  #firstUndelivered(): StepKey | null {
    let first: { readonly key: StepKey; readonly order: number } | null = null;
    for (const [key, state] of this.#past.state.steps) {
      if (!("order" in state) || this.#delivered.has(key)) continue;
      if (first === null || state.order < first.order) first = { key, order: state.order };
    }
    return first?.key ?? null;
  }
}

function skipped(key: StepKey): Difference {
  return { verdict: "would-skip", step: key, detail: `would skip step "${key}", which is recorded`, was: null, is: null };
}

function isSameOutcome(a: StepState, b: StepState): boolean {
  if (a.status === "completed" && b.status === "completed") return isSameJson(a.output, b.output);
  return a.status === "failed" && b.status === "failed" && a.error.name === b.error.name && a.error.message === b.error.message;
}

function shownOutcome(outcome: StepState): string | null {
  if (outcome.status === "completed") return shownJson(outcome.output);
  return outcome.status === "failed" ? shownError(outcome.error) : null;
}

function outcomeText(outcome: StepState): string {
  if (outcome.status === "completed") return outcome.output ?? "undefined";
  return outcome.status === "failed" ? `${outcome.error.name}: ${outcome.error.message}` : outcome.status;
}

function endText(end: RehearsedEnd): string {
  switch (end.kind) {
    case "returned":
      return `returned ${end.output ?? "undefined"}`;
    case "threw":
      return `threw ${end.error.name}: ${end.error.message}`;
    case "waits":
      return `waits for ${end.steps.join(", ")}`;
    case "unsettled":
      return "unsettled";
    default:
      return unreachable(end);
  }
}
