// The Invoker for functions of this very process.
import type { Logger } from "pino";
import { assert } from "../../core/errors.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import type { Sealing } from "../../core/sealing.ts";
import { Meters } from "../../observability/meters.ts";
import type { RecentLogs } from "../../observability/recent-logs.ts";
import { noTracing, type Tracing } from "../../observability/tracing.ts";
import type { Input } from "../../workflow/decide.ts";
import type { RunState, StepState } from "../../workflow/state.ts";
import type { RegisteredFunction } from "../function.ts";
import { FunctionCounts } from "../function-counts.ts";
import type { Invoker, InvokerHost } from "../invoker.ts";
import type { BodyOf } from "../outgoing-event.ts";
import { Deadlines } from "./deadlines.ts";
import type { Executing, ExecutingStep } from "./executing.ts";
import { IdleRuns } from "./idle-runs.ts";
import { LiveRun } from "./live-run.ts";
import type { ProblemOfWait, RunHost, Warning } from "./run-host.ts";
import { Turns } from "./turns.ts";

export interface InProcessOptions {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly logger: Logger;
  /** Default: what is measured is not told. */
  readonly meters?: Meters;
  /** Default: nothing is traced. */
  readonly tracing?: Tracing;
  /** Keeps what runs log, for people. */
  readonly recentLogs?: RecentLogs;
  /** Knows which steps execute, for people. */
  readonly executing?: Executing;
  /** In [0, 1): the jitter of retries. */
  readonly random?: () => number;
  /** How long a handler that is called again may take to ask for the step that is next in the record, while it waits for others. */
  readonly divergenceGraceMs?: number;
  /** The app's id: handles of other apps' functions are refused. */
  readonly app?: string;
  /** Of one event that a step sends. */
  readonly maxEventBytes?: number;
  /** How events that steps send are written. Default: as JSON. */
  readonly bodyOf?: BodyOf;
  /** Default: nobody knows. */
  readonly problemOfWait?: ProblemOfWait;
  /** Opens what runs are given and seals what they say. Default: nothing is sealed. */
  readonly sealing?: Sealing;
  /** How many handlers that wait for what may come any moment are kept in memory. */
  readonly maxIdleRuns?: number;
}

const MAX_EVENT_BYTES = 1024 * 1024;
/** Steps that were warned of; what exceeds them is not told. */
const MAX_WARNED = 1_000;

export class InProcessInvoker implements Invoker, RunHost {
  readonly deadlines = new Deadlines();
  readonly idle: IdleRuns;
  readonly turns = new Turns();
  readonly app: string | null;
  readonly maxEventBytes: number;
  readonly bodyOf: BodyOf | null;
  readonly problemOfWait: ProblemOfWait | null;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly tracing: Tracing;
  readonly recentLogs: RecentLogs | null;
  readonly random: () => number;
  readonly divergenceGraceMs: number;
  readonly sealing: Sealing | null;
  readonly #functions: ReadonlyMap<string, RegisteredFunction>;
  readonly #host: InvokerHost;
  readonly #live = new Map<RunId, LiveRun>();
  readonly #counts = new FunctionCounts();
  readonly #warned = new Set<string>();
  readonly #told: Executing | null;
  #executing = 0;
  #holding = false;
  #closed = false;
  #whenIdle: (() => void) | null = null;

  constructor(options: InProcessOptions, host: InvokerHost) {
    this.#functions = options.functions;
    this.#host = host;
    this.logger = options.logger;
    this.meters = options.meters ?? new Meters();
    this.tracing = options.tracing ?? noTracing;
    this.recentLogs = options.recentLogs ?? null;
    this.#told = options.executing ?? null;
    this.#told?.begin(this);
    this.random = options.random ?? Math.random;
    this.divergenceGraceMs = options.divergenceGraceMs ?? 5_000;
    this.idle = new IdleRuns(this.deadlines, options.maxIdleRuns, () => host.idled());
    this.app = options.app ?? null;
    this.maxEventBytes = options.maxEventBytes ?? MAX_EVENT_BYTES;
    this.bodyOf = options.bodyOf ?? null;
    this.problemOfWait = options.problemOfWait ?? null;
    this.sealing = options.sealing ?? null;
  }

  canRun(functionId: string): boolean {
    return this.#functions.has(functionId);
  }

  start(run: RunState): void {
    if (this.#closed || this.#holding) return;
    assert(!this.#live.has(run.id), `run ${run.id} is live already`);
    const registered = this.#functions.get(run.functionId);
    assert(registered !== undefined, `function ${run.functionId} is not here`);
    const live = new LiveRun(run, registered, this);
    this.#live.set(run.id, live);
    this.#counts.add(live.functionId);
    live.begin();
  }

  isLive(run: RunId): boolean {
    return this.#live.has(run);
  }

  settle(run: RunId, step: StepKey, outcome: StepState): void {
    this.#live.get(run)?.settle(step, outcome);
  }

  retry(run: RunId, step: StepKey): void {
    this.#live.get(run)?.retry(step);
  }

  slots(run: RunId, by: number): void {
    this.#live.get(run)?.slotsChanged(by);
  }

  end(run: RunId, reason: string): void {
    const live = this.#live.get(run);
    if (live === undefined) return;
    this.#remove(live);
    live.end(reason);
  }

  get liveRuns(): number {
    return this.#live.size - this.idle.size;
  }

  liveRunsOf(functionId: string): number {
    return this.#counts.of(functionId) - this.idle.countOf(functionId);
  }

  get executing(): number {
    return this.#executing;
  }

  async quiesce(timeoutMs: number): Promise<void> {
    this.#holding = true;
    if (this.#executing === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  executingOf(run: RunId): readonly ExecutingStep[] {
    return this.#live.get(run)?.executing ?? [];
  }

  close(reason: string): void {
    this.#closed = true;
    this.#told?.end(this);
    for (const live of this.#live.values()) {
      this.#remove(live);
      live.end(reason);
    }
    this.deadlines.close();
    this.#whenIdle?.();
  }

  // What a live run calls back.

  submit(input: Input): void {
    if (!this.#closed) this.#host.submit(input);
  }

  now(): number {
    return this.#host.now();
  }

  whenProved(act: () => void): void {
    this.#host.whenProved(act);
  }

  holding(): boolean {
    return this.#holding;
  }

  executionChanged(by: 1 | -1): void {
    this.#executing += by;
    if (this.#executing === 0) this.#whenIdle?.();
  }

  rests(live: LiveRun): void {
    this.end(live.id, "the run waits; its function will be called again");
    this.#host.rested(live.id);
  }

  settled(live: LiveRun): void {
    if (this.#live.get(live.id) === live) this.#remove(live);
    live.end("the run is over");
  }

  warnOnce(fields: Warning, message: string): void {
    const key = `${fields.code} ${fields.function} ${fields.step}`;
    if (this.#warned.has(key) || this.#warned.size >= MAX_WARNED) return;
    this.#warned.add(key);
    this.logger.warn(fields, message);
  }

  #remove(live: LiveRun): void {
    this.#live.delete(live.id);
    this.#counts.remove(live.functionId);
  }
}
