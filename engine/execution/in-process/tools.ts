// The step tools of a handler, or of a branch of it. What a step does is in steps/, a file a kind.
import { ConfigurationError } from "../../core/configuration-error.ts";
import { durationMs, type Duration } from "../../core/duration.ts";
import { shown } from "../../core/shown.ts";
import type { AnyEvents, ViewOf } from "../event-map.ts";
import type { Json } from "../json.ts";
import type { LooseEvent } from "../outgoing-event.ts";
import type {
  AllResults,
  Branch,
  Iteration,
  RaceResult,
  ReceivedSignal,
  RunOptions,
  StepContext,
  StepOptions,
  StepTools,
  WaitForEvent,
  WaitForSignal,
} from "../step-tools.ts";
import { all } from "./all.ts";
import type { AskedStep, Place } from "./asked-step.ts";
import { race } from "./race.ts";
import { checkedId, checkStepOptions, runOptions, stepOptions } from "./step-options.ts";
import { EventWaitStep } from "./steps/event-wait-step.ts";
import { InvokeStep, type LooseInvocation } from "./steps/invoke-step.ts";
import { IterateStep, type LooseIteration } from "./steps/iterate-step.ts";
import { RunStep } from "./steps/run-step.ts";
import { SendStep } from "./steps/send-step.ts";
import { SignalWaitStep } from "./steps/signal-wait-step.ts";
import { SleepStep } from "./steps/sleep-step.ts";

const ALL_OPTIONS = ["concurrency"];

/** The types of results are what the interface promises: the record has them as JSON, which has none. */
export class Tools implements StepTools {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  run<T>(step: string | RunOptions, body: (context: StepContext) => T | Promise<T>): Promise<Json<Awaited<T>>> {
    const options = runOptions(step, this.#place.live.retries);
    if (this.#isOver) return never();
    return this.#place.live.ask(new RunStep(this.#place, options, body)) as Promise<Json<Awaited<T>>>;
  }

  sleep(id: string, duration: Duration): Promise<void> {
    const time = { durationMs: durationMs(duration), wakeAt: null };
    return this.#ask(() => new SleepStep(this.#place, checkedId(id), time)) as Promise<void>;
  }

  sleepUntil(id: string, time: Date | string | number): Promise<void> {
    const wakeAt = new Date(time).getTime();
    if (Number.isNaN(wakeAt)) throw new ConfigurationError("INVALID_STEP", `step "${id}": ${JSON.stringify(time)} is not a time`);
    return this.#ask(() => new SleepStep(this.#place, checkedId(id), { durationMs: null, wakeAt })) as Promise<void>;
  }

  waitForEvent<Name extends string>(id: string, wait: WaitForEvent<Name>): Promise<ViewOf<AnyEvents, Name> | null> {
    return this.#ask(() => new EventWaitStep(this.#place, checkedId(id), wait)) as Promise<ViewOf<AnyEvents, Name> | null>;
  }

  waitForSignal<Data>(id: string, wait: WaitForSignal): Promise<ReceivedSignal<Data> | null> {
    return this.#ask(() => new SignalWaitStep(this.#place, checkedId(id), wait)) as Promise<ReceivedSignal<Data> | null>;
  }

  sendEvent(id: string, events: LooseEvent | readonly LooseEvent[]): Promise<{ readonly ids: readonly string[] }> {
    const list = isList(events) ? events : [events];
    return this.#ask(() => new SendStep(this.#place, checkedId(id), list)) as Promise<{ readonly ids: readonly string[] }>;
  }

  invoke<Output>(id: string, options: LooseInvocation): Promise<Output> {
    return this.#ask(() => new InvokeStep(this.#place, checkedId(id), options)) as Promise<Output>;
  }

  iterate<Cursor>(step: string | StepOptions, iteration: Iteration<Cursor>): Promise<Json<Cursor>> {
    const options = stepOptions(step, this.#place.live.retries);
    return this.#ask(() => new IterateStep(this.#place, options, iteration as LooseIteration)) as Promise<Json<Cursor>>;
  }

  race<Branches extends Readonly<Record<string, Branch>>>(branches: Branches): Promise<RaceResult<Branches>> {
    if (!isObject(branches)) throw noFunctions("step.race", "{ paid: (step) => …, late: (step) => … }", branches);
    for (const [name, branch] of Object.entries(branches)) checkBranch(`step.race: branch "${name}"`, branch);
    const contenders = Object.entries(branches).map(([name, branch]) => ({ name, run: (place: Place) => branch(new Tools(place)) }));
    return race(this.#place, contenders) as Promise<RaceResult<Branches>>;
  }

  all<Tasks extends readonly Branch[]>(tasks: Tasks, options: { readonly concurrency?: number } = {}): Promise<AllResults<Tasks>> {
    if (!Array.isArray(tasks)) throw noFunctions("step.all", "[(step) => …, (step) => …]", tasks);
    for (const [index, task] of tasks.entries()) checkBranch(`step.all: task ${index}`, task);
    checkStepOptions("step.all", options, ALL_OPTIONS);
    const { concurrency = Number.POSITIVE_INFINITY } = options;
    const run = tasks.map((task) => (place: Place) => task(new Tools(place)));
    return all(this.#place, run, concurrency) as Promise<AllResults<Tasks>>;
  }

  #ask(make: () => AskedStep): Promise<unknown> {
    return this.#isOver ? never() : this.#place.live.ask(make());
  }

  /** What a branch asks for that was called off, or a handler whose run is over, is neither counted nor begun. */
  get #isOver(): boolean {
    const { live, branch } = this.#place;
    return live.isEnded || branch?.isClosed === true;
  }
}

/** One of its own for each, so that nothing holds those who wait for it. */
function never(): Promise<never> {
  return new Promise<never>(() => {});
}

/** A promise has begun already, with steps that belong to no branch. */
function checkBranch(which: string, branch: unknown): void {
  if (typeof branch === "function") return;
  throw new ConfigurationError(
    "INVALID_STEP",
    `${which} is a function that asks for its steps of the tools it is given, (step) => …, not ${shown(branch)}`,
  );
}

function noFunctions(tool: string, example: string, given: unknown): ConfigurationError {
  return new ConfigurationError("INVALID_STEP", `${tool} takes functions, ${example}, not ${shown(given)}`);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isList(events: LooseEvent | readonly LooseEvent[]): events is readonly LooseEvent[] {
  return Array.isArray(events);
}
