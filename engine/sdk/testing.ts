// Tests of functions: an app on a log in memory, with a clock that stands still until it is told to go on.
import { pino } from "pino";
import { durationMs, type Duration } from "../core/duration.ts";
import { parseRunId, stepId, type RunId } from "../core/ids.ts";
import { fromJson } from "../execution/json.ts";
import type { Log } from "../log/log.ts";
import type { SealedFrame } from "../task/frame-queue.ts";
import type { Failure, JournalRecord } from "../workflow/records.ts";
import type { EventToSend } from "../execution/event-map.ts";
import { FakeClock } from "./fake-clock.ts";
import type { Millrace } from "./millrace.ts";

export interface TestingOptions {
  /** Where the clock stands at first. Default 2026-01-01T00:00:00Z. */
  readonly startTime?: Date | string | number;
  /** In [0, 1): spreads the waits between attempts. Default 0.5, which spreads nothing. */
  readonly random?: () => number;
}

/** A run, as far as it has come. */
export interface TestRun {
  readonly id: RunId;
  readonly functionId: string;
  readonly event: { readonly name: string; readonly id: string; readonly data: unknown };
  readonly status: "running" | "completed" | "failed" | "parked";
  /** What the function returned. */
  readonly output: unknown;
  readonly error: Failure | null;
  readonly steps: readonly TestStep[];
}

export interface TestStep {
  readonly id: string;
  readonly status: "completed" | "failed" | "retrying" | "sleeping" | "slept";
  readonly output: unknown;
  /** How often it was tried. */
  readonly attempts: number;
  readonly error: Failure | null;
}

interface Draft {
  id: RunId;
  functionId: string;
  event: TestRun["event"];
  status: TestRun["status"];
  output: unknown;
  error: Failure | null;
  steps: Map<string, { -readonly [Field in keyof TestStep]: TestStep[Field] }>;
}

const DEFAULT_START = Date.UTC(2026, 0, 1);

/** An app under test: see `Millrace.testing`. */
export class TestApp<Events extends object> {
  readonly clock: FakeClock;
  readonly #runs = new Map<RunId, Draft>();
  #app: Millrace<Events> | null = null;
  #log: Log | null = null;
  #frames = 0;

  constructor(options: TestingOptions = {}) {
    this.clock = new FakeClock(new Date(options.startTime ?? DEFAULT_START).getTime());
  }

  /** @internal */
  attach(app: Millrace<Events>, log: Log): void {
    this.#app = app;
    this.#log = log;
  }

  /** @internal */
  onFrame(frame: SealedFrame): void {
    this.#frames += 1;
    for (const record of frame.records) this.#see(record);
  }

  /** Sends events, and lets everything happen that needs no time to pass. Returns the runs that they started. */
  async send(events: EventToSend<Events> | readonly EventToSend<Events>[]): Promise<readonly TestRun[]> {
    const before = new Set(this.#runs.keys());
    await this.#started().send(Array.isArray(events) ? events : [events]);
    await this.settle();
    return this.runs().filter((run) => !before.has(run.id));
  }

  /** Lets `duration` pass: whatever comes due on the way happens, each at its time. */
  async advance(duration: Duration): Promise<void> {
    const until = this.clock.wallMs() + durationMs(duration);
    await this.settle();
    for (let next = this.clock.nextTimerAt(); next !== null && next <= until; next = this.clock.nextTimerAt()) {
      this.clock.moveTo(next);
      await this.settle();
    }
    this.clock.moveTo(until);
    await this.settle();
  }

  /** Resolves when nothing more happens without time passing. A step that executes is waited for, up to five real seconds. */
  async settle(): Promise<void> {
    const giveUpAt = performance.now() + MAX_SETTLE_MS;
    for (let quiet = 0, frames = this.#frames; quiet < QUIET_TURNS; quiet++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const isExecuting = this.#started()
        .status()
        .some((partition) => partition.executingSteps > 0);
      if (frames === this.#frames && (!isExecuting || performance.now() > giveUpAt)) continue;
      frames = this.#frames;
      quiet = 0;
    }
  }

  /** All runs, in the order in which they began. */
  runs(): readonly TestRun[] {
    return [...this.#runs.values()].map((draft) => ({ ...draft, steps: [...draft.steps.values()] }));
  }

  /** The run with this id, or the only run of the function with this id. */
  run(id: string): TestRun {
    const runId = parseRunId(id);
    const found = this.runs().filter((run) => (runId === null ? run.functionId === id : run.id === runId));
    const [run] = found;
    if (run === undefined || found.length > 1) throw new Error(`${found.length} runs match ${JSON.stringify(id)}; give the id of one`);
    return run;
  }

  async stop(): Promise<void> {
    await this.#started().stop();
    await this.#log?.close();
  }

  #started(): Millrace<Events> {
    if (this.#app === null) throw new Error("the app under test is not started");
    return this.#app;
  }

  #see(record: JournalRecord): void {
    if (record.type === "RunsStarted") {
      const { name, id, data } = record.event;
      for (const started of record.runs) {
        this.#runs.set(started.id, {
          ...started,
          event: { name, id, data: JSON.parse(data) as unknown },
          status: "running",
          output: undefined,
          error: null,
          steps: new Map(),
        });
      }
      return;
    }
    const run = "run" in record ? this.#runs.get(record.run) : undefined;
    if (run !== undefined) seeRun(run, record);
  }
}

/** Without a frame for so many milliseconds, nothing happens any more. */
const QUIET_TURNS = 12;
const MAX_SETTLE_MS = 5_000;

function seeRun(run: Draft, record: JournalRecord): void {
  switch (record.type) {
    case "StepCompleted":
      return setStep(run, record.step, { status: "completed", output: fromJson(record.output), tried: true });
    case "StepFailed":
      return setStep(run, record.step, { status: record.retryAt === null ? "failed" : "retrying", error: record.error, tried: true });
    case "SleepStarted":
      return setStep(run, record.step, { status: "sleeping" });
    case "SleepEnded":
      return setStep(run, record.step, { status: "slept" });
    case "RunCompleted":
      run.status = "completed";
      run.output = fromJson(record.output);
      return;
    case "RunFailed":
      run.status = "failed";
      run.error = record.error;
      return;
    case "RunAttemptFailed":
      run.error = record.error;
      return;
    case "RunParked":
      run.status = "parked";
      return;
    case "RunUnparked":
      run.status = "running";
      return;
    default:
      return;
  }
}

function setStep(
  run: Draft,
  key: Parameters<typeof stepId>[0],
  change: { status: TestStep["status"]; output?: unknown; error?: Failure; tried?: boolean },
): void {
  const step = run.steps.get(key) ?? { id: stepId(key), status: change.status, output: undefined, attempts: 0, error: null };
  step.status = change.status;
  step.output = change.output;
  step.error = change.error ?? null;
  if (change.tried === true) step.attempts += 1;
  run.steps.set(key, step);
}

export const silentPino = pino({ level: "silent" });
