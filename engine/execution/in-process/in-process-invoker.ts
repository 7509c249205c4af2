// The Invoker for functions of this very process.
import type { Logger } from "pino";
import { assert } from "../../core/errors.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import type { Input } from "../../workflow/decide.ts";
import type { RunState, StepState } from "../../workflow/state.ts";
import type { RegisteredFunction } from "../function.ts";
import type { Invoker, InvokerHost } from "../invoker.ts";
import { Deadlines } from "./deadlines.ts";
import { LiveRun, type RunHost } from "./live-run.ts";

export interface InProcessOptions {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly logger: Logger;
  /** In [0, 1): the jitter of retries. */
  readonly random?: () => number;
  /** How long a handler that is called again may take to ask for the step that is next in the record, while it waits for others. */
  readonly divergenceGraceMs?: number;
}

export class InProcessInvoker implements Invoker, RunHost {
  readonly deadlines = new Deadlines();
  readonly logger: Logger;
  readonly random: () => number;
  readonly divergenceGraceMs: number;
  readonly #functions: ReadonlyMap<string, RegisteredFunction>;
  readonly #host: InvokerHost;
  readonly #live = new Map<RunId, LiveRun>();
  #executing = 0;
  #holding = false;
  #closed = false;
  #whenIdle: (() => void) | null = null;

  constructor(options: InProcessOptions, host: InvokerHost) {
    this.#functions = options.functions;
    this.#host = host;
    this.logger = options.logger;
    this.random = options.random ?? Math.random;
    this.divergenceGraceMs = options.divergenceGraceMs ?? 5_000;
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

  end(run: RunId, reason: string): void {
    const live = this.#live.get(run);
    if (live === undefined) return;
    this.#live.delete(run);
    live.end(reason);
  }

  get liveRuns(): number {
    return this.#live.size;
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

  close(reason: string): void {
    this.#closed = true;
    for (const live of this.#live.values()) live.end(reason);
    this.#live.clear();
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
    this.end(live.run.id, "the run waits; its function will be called again");
    this.#host.rested(live.run.id);
  }

  settled(live: LiveRun): void {
    if (this.#live.get(live.run.id) === live) this.#live.delete(live.run.id);
    live.end("the run is over");
  }
}
