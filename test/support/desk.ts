// A partition's owner without a log: decides what user code says, acknowledges it when told, and can be torn down after any record.
import pino, { type Logger } from "pino";
import { must } from "../../engine/core/errors.ts";
import type { RunId } from "../../engine/core/ids.ts";
import type { Handler, RegisteredFunction } from "../../engine/execution/function.ts";
import { InProcessInvoker } from "../../engine/execution/in-process/in-process-invoker.ts";
import type { InvokerHost } from "../../engine/execution/invoker.ts";
import { release } from "../../engine/task/release.ts";
import { silentLogger } from "../../engine/observability/logger.ts";
import { decide, type Input } from "../../engine/workflow/decide.ts";
import type { Decision } from "../../engine/workflow/decision.ts";
import { evolve } from "../../engine/workflow/evolve.ts";
import { decideMessage } from "../../engine/workflow/message/deliver.ts";
import type { JournalRecord, TriggerEvent } from "../../engine/workflow/records.ts";
import { emptyState, type PartitionState, type RunState } from "../../engine/workflow/state.ts";
import { isSettled } from "../../engine/workflow/step/complete.ts";
import { T0, turns } from "./fake-clock.ts";
import { RUN, runsStarted } from "./records.ts";

export interface DeskOptions {
  readonly retries?: number;
  readonly logger?: Logger;
  readonly event?: Partial<TriggerEvent>;
  /** What is recorded already, the start of the run included. */
  readonly recorded?: readonly JournalRecord[];
  readonly now?: number;
  readonly graceMs?: number;
}

export class Desk implements InvokerHost {
  readonly state: PartitionState = emptyState(0, 1);
  readonly invoker: InProcessInvoker;
  /** Acknowledged, from the first. */
  readonly journal: JournalRecord[] = [];
  /** Decided and not acknowledged, a decision an entry. */
  readonly pending: (readonly JournalRecord[])[] = [];
  readonly inputs: Input[] = [];
  time: number;

  constructor(handler: Handler, options: DeskOptions = {}) {
    const { retries = 2, recorded, graceMs = 0, event = {} } = options;
    this.time = options.now ?? T0;
    const registered: RegisteredFunction = { id: "f", retries, handler };
    this.invoker = new InProcessInvoker(
      {
        functions: new Map([["f", registered]]),
        logger: options.logger ?? pino({ level: "silent" }),
        random: () => 0.5,
        divergenceGraceMs: graceMs,
      },
      this,
    );
    for (const record of recorded ?? [runsStarted({ event })]) {
      evolve(this.state, record, T0);
      this.journal.push(record);
    }
  }

  submit(input: Input): void {
    this.inputs.push(input);
    const decision = decide(this.state, input, this.time);
    if (decision.outcome === "ignored") return;
    const records: JournalRecord[] = [];
    const queue: Decision[] = [decision];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.outcome === "ignored") continue;
      for (const record of next.records) {
        evolve(this.state, record, this.time);
        records.push(record);
      }
      // There is one partition: whatever it tells, it tells itself.
      for (const { body } of next.messages) queue.push(decideMessage(this.state, 0, body, this.time));
    }
    this.pending.push(records);
  }

  now(): number {
    return this.time;
  }

  whenProved(act: () => void): void {
    act();
  }

  rested(): void {}

  get run(): RunState {
    return must(this.state.runs.get(RUN), "the run");
  }

  get isOver(): boolean {
    return !this.state.runs.has(RUN);
  }

  /** How it ended: the output of RunCompleted, or the error of RunFailed. */
  get result(): unknown {
    for (const record of [...this.journal, ...this.pending.flat()]) {
      if (record.type === "RunCompleted") return record.output === null ? undefined : (JSON.parse(record.output) as unknown);
      if (record.type === "RunFailed") return { failed: record.error.message };
    }
    return "not over";
  }

  get types(): readonly string[] {
    return this.journal.slice(1).map(({ type }) => type);
  }

  start(): this {
    this.#startRun(RUN);
    return this;
  }

  /** Acknowledges the oldest decisions. */
  ack(count = Number.POSITIVE_INFINITY): void {
    for (const record of this.pending.splice(0, count).flat()) {
      this.journal.push(record);
      release(record, {
        startRuns: () => {},
        settle: (run, step, outcome) => {
          if (this.invoker.isLive(run)) this.invoker.settle(run, step, outcome);
          else if (isSettled(outcome)) this.#startRun(run);
        },
        end: (run, reason) => this.invoker.end(run, reason),
        pay: () => {},
        post: () => {},
        resume: (run) => this.#startRun(run),
        shapeActivated: () => {},
        activated: () => {},
        logger: () => silentLogger,
      });
    }
  }

  /** Goes on until nothing happens any more: acknowledges what is decided, and lets time pass where only timers are left. */
  async play(options: { readonly ackAtOnce?: () => number; readonly stop?: () => boolean } = {}): Promise<this> {
    const { ackAtOnce = () => Number.POSITIVE_INFINITY, stop = () => false } = options;
    for (let quiet = 0; !stop();) {
      await turns(1);
      // A handler that is called again is answered with one recorded outcome a turn.
      const patience = 8 + (this.state.runs.get(RUN)?.outcomes ?? 0);
      if (quiet > 2 * patience) break;
      if (this.pending.length > 0) {
        quiet = 0;
        this.ack(ackAtOnce());
      } else if (++quiet > patience && this.passToNextTimer()) quiet = 0;
    }
    return this;
  }

  /** Time passes up to the next timer. Returns false where there is none. */
  passToNextTimer(): boolean {
    const next = this.state.timers.nextAt();
    if (next === null || this.isOver) return false;
    this.time = Math.max(this.time, next);
    for (let timer = this.state.timers.takeDue(this.time); timer !== null; timer = this.state.timers.takeDue(this.time)) {
      if (timer.kind === "cron" || timer.kind === "wait") continue;
      const { run: id } = timer;
      const run = this.state.runs.get(id);
      if (timer.kind === "run") {
        if (run?.status.status === "backing-off" && run.status.retryAt <= this.time) this.#startRun(id);
        continue;
      }
      const { step: key } = timer;
      const step = run?.steps.get(key);
      if (step?.status === "sleeping") this.submit({ type: "WakeStep", run: id, step: key });
      else if (step?.status === "invoking") this.submit({ type: "ExpireChild", run: id, step: key });
      else if (step?.status === "retrying" && step.retryAt <= this.time) {
        if (this.invoker.isLive(id)) this.invoker.retry(id, key);
        else this.#startRun(id);
      }
    }
    return true;
  }

  crash(): void {
    this.invoker.close("crash");
  }

  #startRun(id: RunId): void {
    const run = this.state.runs.get(id);
    if (run === undefined || this.invoker.isLive(id)) return;
    this.invoker.start(run);
  }
}
