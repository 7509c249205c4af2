// Tests of functions: an app on a log in memory, with a clock that stands still until it is told to go on.
import { pino } from "pino";
import { durationMs, type Duration } from "../core/duration.ts";
import { parseRunId } from "../core/ids.ts";
import type { EventToSend } from "../execution/event-map.ts";
import type { Sealing } from "../core/sealing.ts";
import { shownNow } from "../sealing/shown.ts";
import type { Log } from "../log/log.ts";
import type { SealedFrame } from "../task/frame-queue.ts";
import { FakeClock } from "./fake-clock.ts";
import type { FlowOverride } from "./flow-options.ts";
import type { OverrideTime, PausedEvents } from "./function-commands.ts";
import type { AppConsumers } from "./app-consumers.ts";
import type { Consumer } from "./consumer.ts";
import type { Millrace } from "./millrace.ts";
import { TestRuns, type TestRun } from "./test-run.ts";

export interface TestingOptions {
  /** Where the clock stands at first. Default 2026-01-01T00:00:00Z. */
  readonly startTime?: Date | string | number;
  /** In [0, 1): spreads the waits between attempts. Default 0.5, which spreads nothing. */
  readonly random?: () => number;
}

const DEFAULT_START = Date.UTC(2026, 0, 1);

/** An app under test: see `Millrace.testing`. */
export class TestApp<Events extends object, Sent extends object = Events> {
  readonly clock: FakeClock;
  readonly #runs = new TestRuns();
  #app: Millrace<Events, Sent> | null = null;
  #log: Log | null = null;
  #consumers: AppConsumers | null = null;
  #sealing: Sealing | null = null;
  #frames = 0;

  constructor(options: TestingOptions = {}) {
    this.clock = new FakeClock(new Date(options.startTime ?? DEFAULT_START).getTime());
  }

  /** @internal */
  attach(app: Millrace<Events, Sent>, log: Log, consumers: AppConsumers, sealing: Sealing | null): void {
    this.#sealing = sealing;
    this.#consumers = consumers;
    this.#app = app;
    this.#log = log;
  }

  /** @internal */
  onFrame(frame: SealedFrame): void {
    this.#frames += 1;
    const sealing = this.#sealing;
    for (const record of frame.records) this.#runs.see(sealing === null ? record : shownNow(sealing, record));
  }

  /** Sends events, and lets everything happen that needs no time to pass. Returns the runs that they started. */
  async send(events: EventToSend<Sent> | readonly EventToSend<Sent>[]): Promise<readonly TestRun[]> {
    const before = this.runs().length;
    await this.#started().send(Array.isArray(events) ? events : [events]);
    await this.settle();
    return this.runs().slice(before);
  }

  /** As `app.signal`, and lets everything happen that needs no time to pass. */
  async signal(name: string, data?: unknown, options: { readonly subject?: string } = {}): Promise<void> {
    await this.#started().signal(name, data, options);
    await this.settle();
  }

  /** As `app.erase`, and lets everything happen that needs no time to pass. */
  async erase(subject: string): Promise<{ readonly keys: number }> {
    const erased = await this.#started().erase(subject);
    await this.settle();
    return erased;
  }

  /** As `app.cancel`, and lets everything happen that needs no time to pass. */
  async cancel(runId: string, options: { readonly reason?: string } = {}): Promise<void> {
    await this.#started().cancel(runId, options);
    await this.settle();
  }

  /** As `app.release`, and lets everything happen that needs no time to pass. */
  async release(runId: string): Promise<void> {
    await this.#started().release(runId);
    await this.settle();
  }

  /** As `app.pause`, and lets everything happen that needs no time to pass. */
  async pause(functionId: string, options: { readonly events?: PausedEvents } = {}): Promise<void> {
    await this.#started().pause(functionId, options);
    await this.settle();
  }

  /** As `app.resume`, and lets everything happen that needs no time to pass. */
  async resume(functionId: string): Promise<void> {
    await this.#started().resume(functionId);
    await this.settle();
  }

  /** As `app.override`, and lets everything happen that needs no time to pass. */
  async override(functionId: string, limits: FlowOverride, time: OverrideTime): Promise<void>;
  async override(functionId: string, limits: null): Promise<void>;
  async override(functionId: string, limits: FlowOverride | null, time?: OverrideTime): Promise<void> {
    const app = this.#started();
    await (limits === null || time === undefined ? app.override(functionId, null) : app.override(functionId, limits, time));
    await this.settle();
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
      const ofFunctions = this.#started()
        .status()
        .some((partition) => partition.executingSteps > 0);
      const isExecuting = ofFunctions || this.#consumers?.all.some(({ executing }) => executing > 0) === true;
      if (frames === this.#frames && (!isExecuting || performance.now() > giveUpAt)) continue;
      frames = this.#frames;
      quiet = 0;
    }
  }

  /** All runs, in the order in which they began. */
  runs(): readonly TestRun[] {
    return this.#runs.list();
  }

  /** The run with this id, or the only run of the function with this id. */
  run(id: string): TestRun {
    const runId = parseRunId(id);
    const found = this.runs().filter((run) => (runId === null ? run.functionId === id : run.id === runId));
    const [run] = found;
    if (run === undefined || found.length > 1) throw new Error(`${found.length} runs match ${JSON.stringify(id)}; give the id of one`);
    return run;
  }

  /** The consumer under test, for the one that the app declares. */
  consumer<State extends object>(declared: Consumer<State>): Consumer<State> {
    const found = this.#consumers?.all.find(({ id }) => id === declared.id);
    if (found === undefined) throw new Error(`the app under test has no consumer ${JSON.stringify(declared.id)}`);
    // Declared by the same code: it keeps the same.
    return found as unknown as Consumer<State>;
  }

  async stop(): Promise<void> {
    await this.#started().stop();
    await this.#log?.close();
  }

  #started(): Millrace<Events, Sent> {
    if (this.#app === null) throw new Error("the app under test is not started");
    return this.#app;
  }
}

/** Without a frame for so many milliseconds, nothing happens any more. */
const QUIET_TURNS = 12;
const MAX_SETTLE_MS = 5_000;

export const silentPino = pino({ level: "silent" });
