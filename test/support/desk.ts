// A partition's owner without a log: decides what user code says, acknowledges it when told, and can be torn down after any decision.
import pino, { type Logger } from "pino";
import { must } from "../../engine/core/errors.ts";
import type { RunId } from "../../engine/core/ids.ts";
import type { Handler, RegisteredFunction } from "../../engine/execution/function.ts";
import { InProcessInvoker } from "../../engine/execution/in-process/in-process-invoker.ts";
import type { InvokerHost } from "../../engine/execution/invoker.ts";
import { release, type ReleaseTo } from "../../engine/task/release.ts";
import { silentLogger } from "../../engine/observability/logger.ts";
import { decide, type Input } from "../../engine/workflow/decide.ts";
import type { Decision } from "../../engine/workflow/decision.ts";
import { decodeEvent } from "../../engine/workflow/event/cloud-event.ts";
import { evolve } from "../../engine/workflow/evolve.ts";
import { decideMessage } from "../../engine/workflow/message/deliver.ts";
import type { AskRescan, EmissionOwed, JournalRecord, MessageBody, TriggerEvent } from "../../engine/workflow/records.ts";
import { decideCancelRun } from "../../engine/workflow/run/cancel.ts";
import { emptyState, type PartitionState, type RunState } from "../../engine/workflow/state.ts";
import { isSettled } from "../../engine/workflow/step/complete.ts";
import type { Timer } from "../../engine/workflow/timer/timer-heap.ts";
import { SIGNAL_EVENT, SIGNAL_PATH } from "../../engine/workflow/wait/signal-event.ts";
import { seenMessages } from "../../engine/workflow/wait/tell.ts";
import { T0, turns } from "./fake-clock.ts";
import { RUN, manifest, runsStarted, triggerEvent } from "./records.ts";

export interface DeskOptions {
  readonly retries?: number;
  readonly logger?: Logger;
  readonly event?: Partial<TriggerEvent>;
  /** What is recorded already, the start of the run included. */
  readonly recorded?: readonly JournalRecord[];
  readonly now?: number;
  readonly graceMs?: number;
  readonly maxIdleRuns?: number;
  /** Beside "f", whose handler is given: what it may invoke. */
  readonly functions?: Readonly<Record<string, Handler>>;
}

/** What was decided together, and when. */
interface Decided {
  readonly records: readonly JournalRecord[];
  readonly time: number;
}

export class Desk implements InvokerHost {
  readonly state: PartitionState = emptyState(0, 1);
  readonly invoker: InProcessInvoker;
  /** Acknowledged, from the first. */
  readonly journal: JournalRecord[] = [];
  /** Where the journal can be cut, and what time it was then: decisions stand in it whole. */
  readonly cuts: { readonly length: number; readonly time: number }[] = [];
  readonly inputs: Input[] = [];
  readonly #pending: Decided[] = [];
  /** The events topic. */
  readonly #events: TriggerEvent[] = [];
  time: number;

  constructor(handler: Handler, options: DeskOptions = {}) {
    const { retries = 2, recorded, graceMs = 0, event = {}, functions = {}, maxIdleRuns } = options;
    this.time = options.now ?? T0;
    const registered = Object.entries({ f: handler, ...functions }).map(([id, each]): [string, RegisteredFunction] => [
      id,
      { id, retries, handler: each },
    ]);
    this.invoker = new InProcessInvoker(
      {
        functions: new Map(registered),
        logger: options.logger ?? pino({ level: "silent" }),
        random: () => 0.5,
        divergenceGraceMs: graceMs,
        ...(maxIdleRuns === undefined ? {} : { maxIdleRuns }),
      },
      this,
    );
    const declared = manifest({ functions: registered.map(([id]) => ({ id })) });
    evolve(this.state, declared, T0);
    for (const record of recorded ?? [runsStarted({ event })]) {
      evolve(this.state, record, T0);
      this.journal.push(record);
    }
    // What was owed and confirmed is in the topic; what is still owed comes there now.
    for (const record of this.journal) {
      if (record.type === "EmissionOwed" && !this.state.emissions.has(record.sequence)) this.#events.push(this.#eventOf(record));
    }
    this.cuts.push({ length: this.journal.length, time: this.time });
    for (const emission of this.state.emissions.values()) this.#pay(emission);
  }

  submit(input: Input): void {
    this.inputs.push(input);
    this.#commit([decide(this.state, input, this.time)]);
  }

  /** An event comes to the events topic. */
  send(over: Partial<TriggerEvent> & { readonly name: string }): void {
    const offset = this.#events.length;
    const event = triggerEvent({ id: `sent-${offset}`, offset: 1_000 + offset, time: this.time, appendedAt: this.time, ...over });
    this.#events.push(event);
    this.#commit(this.#told(event).map((body) => decideMessage(this.state, 0, body, this.time)));
  }

  signal(name: string, data: unknown): void {
    this.send({ name: SIGNAL_EVENT, key: name, data: JSON.stringify(data) });
  }

  cancel(run = RUN, reason = "as asked"): void {
    this.#commit([decideCancelRun(this.state, run, reason, this.time)]);
  }

  now(): number {
    return this.time;
  }

  whenProved(act: () => void): void {
    act();
  }

  rested(): void {}

  idled(): void {}

  /** Decided and not acknowledged, a decision an entry. */
  get pending(): readonly (readonly JournalRecord[])[] {
    return this.#pending.map(({ records }) => records);
  }

  get run(): RunState {
    return must(this.state.runs.get(RUN), "the run");
  }

  get isOver(): boolean {
    return !this.state.runs.has(RUN);
  }

  /** How it ended: the output of RunCompleted, the error of RunFailed, or why it was cancelled. */
  get result(): unknown {
    for (const record of [...this.journal, ...this.pending.flat()]) {
      if (!("run" in record) || record.run !== RUN) continue;
      if (record.type === "RunCompleted") return record.output === null ? undefined : (JSON.parse(record.output) as unknown);
      if (record.type === "RunFailed") return { failed: record.error.message };
      if (record.type === "RunCancelled") return { cancelled: record.reason };
    }
    return "not over";
  }

  get types(): readonly string[] {
    return this.journal.slice(1).map(({ type }) => type);
  }

  /** Records of the run itself: what else stands in the journal is how waits, children and events are brought about. */
  get told(): readonly JournalRecord[] {
    return this.journal.filter((record) => "run" in record && record.run === RUN && !record.type.startsWith("Wait"));
  }

  start(): this {
    this.#startRun(RUN);
    return this;
  }

  /** As an owner does that has restored: whatever does not wait for something goes on. */
  resumeAll(): this {
    const due = [...this.state.runs.values()].filter(({ status, resting }) => !resting && status.status !== "backing-off");
    for (const id of due.map((run) => run.id)) this.#startRun(id);
    return this;
  }

  /** Acknowledges the oldest decisions. */
  ack(count = Number.POSITIVE_INFINITY): void {
    for (const { records, time } of this.#pending.splice(0, count)) {
      this.journal.push(...records);
      this.cuts.push({ length: this.journal.length, time });
      for (const record of records) release(record, this.#releaseTo);
    }
  }

  readonly #releaseTo: ReleaseTo = {
    measure: () => {},
    failed: () => {},
    startRuns: ({ runs }) => {
      for (const { id } of runs) this.#startRun(id);
    },
    settle: (run, step, outcome) => {
      if (this.invoker.isLive(run)) this.invoker.settle(run, step, outcome);
      else if (isSettled(outcome)) this.#startRun(run);
    },
    slots: (run, by) => this.invoker.slots(run, by),
    end: (run, reason) => this.invoker.end(run, reason),
    pay: (emission) => this.#pay(emission),
    post: () => {},
    resume: (run) => this.#startRun(run),
    resumed: () => {},
    rested: () => {},
    alert: () => {},
    shapeActivated: () => {},
    activated: () => {},
    flowChanged: () => {},
    functionOf: () => undefined,
    logger: () => silentLogger,
  };

  /** Goes on until nothing happens any more: acknowledges what is decided, and lets time pass where only timers are left. */
  async play(options: { readonly ackAtOnce?: () => number; readonly stop?: () => boolean } = {}): Promise<this> {
    const { ackAtOnce = () => Number.POSITIVE_INFINITY, stop = () => false } = options;
    for (let quiet = 0; !stop();) {
      await turns(1);
      // A handler that is called again is answered with one recorded outcome a turn.
      const outcomes = [...this.state.runs.values()].reduce((sum, run) => sum + run.outcomes, 0);
      const patience = 8 + outcomes;
      if (quiet > 2 * patience) break;
      if (this.#pending.length > 0) {
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
    for (let timer = this.state.timers.takeDue(this.time); timer !== null; timer = this.state.timers.takeDue(this.time)) this.#due(timer);
    return true;
  }

  crash(): void {
    this.invoker.close("crash");
  }

  #due(timer: Timer): void {
    if (timer.kind === "cron" || timer.kind === "flow") return;
    const { run: id } = timer;
    const run = this.state.runs.get(id);
    if (timer.kind === "run") {
      if (run?.status.status === "backing-off" && run.status.retryAt <= this.time) this.#startRun(id);
      return;
    }
    const { step: key } = timer;
    if (timer.kind === "wait") {
      // This partition has decided all that came to its sources.
      this.#commit([decideMessage(this.state, 0, { type: "WatermarkReached", time: this.time }, this.time)]);
      this.submit({ type: "ExpireWaits", waits: [{ run: id, step: key }] });
      return;
    }
    const step = run?.steps.get(key);
    if (step?.status === "sleeping") this.submit({ type: "WakeStep", run: id, step: key });
    else if (step?.status === "invoking") this.submit({ type: "ExpireChild", run: id, step: key });
    else if (step?.status === "retrying" && step.retryAt <= this.time) {
      if (this.invoker.isLive(id)) this.invoker.retry(id, key);
      else this.#startRun(id);
    }
  }

  #startRun(id: RunId): void {
    const run = this.state.runs.get(id);
    if (run === undefined || this.invoker.isLive(id) || !this.invoker.canRun(run.functionId)) return;
    this.invoker.start(run);
  }

  /** With all that follows: there is one partition, and whatever it tells, it tells itself. */
  #commit(decisions: readonly Decision[]): void {
    const records: JournalRecord[] = [];
    const queue = [...decisions];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.outcome === "ignored") continue;
      for (const record of next.records) {
        evolve(this.state, record, this.time);
        records.push(record);
      }
      for (const { body } of next.messages) {
        const bodies = body.type === "AskRescan" ? this.#past(body) : [body];
        // Decided in their turn, by the state as it is then.
        for (const each of bodies) {
          const decision = decideMessage(this.state, 0, each, this.time);
          if (decision.outcome === "ignored") continue;
          for (const record of decision.records) {
            evolve(this.state, record, this.time);
            records.push(record);
          }
          queue.push({ ...decision, records: [] });
        }
      }
    }
    if (records.length > 0) this.#pending.push({ records, time: this.time });
  }

  #past({ event: name, path, round }: AskRescan): readonly MessageBody[] {
    const events = this.#events.filter((event) => event.name === name);
    const seen = events.flatMap((event) => seenMessages(this.state, event, [{ path }]).map(({ body }) => body));
    return [...seen, { type: "RescanDone", event: name, path, round }];
  }

  /** What waits of this event's shapes are told of it. */
  #told(event: TriggerEvent): readonly MessageBody[] {
    const paths = event.name === SIGNAL_EVENT ? [SIGNAL_PATH] : [...this.state.scans.values()].filter((scan) => scan.event === event.name);
    const shapes = paths.map((shape) => (typeof shape === "string" ? { path: shape } : shape));
    return seenMessages(this.state, event, shapes).map(({ body }) => body);
  }

  #eventOf({ sequence, key, value, headers }: EmissionOwed): TriggerEvent {
    const read = decodeEvent({ key, value, headers });
    if (!read.ok) throw new Error(read.reason);
    const { id, name, data, time } = read.event;
    const at = time ?? this.time;
    return triggerEvent({ id, name, data, time: at, key: key?.toString() ?? null, offset: 1_000_000 + sequence, appendedAt: at });
  }

  #pay(emission: EmissionOwed): void {
    const event = this.#eventOf(emission);
    // What the engine tells of runs is read by nobody here.
    if (emission.target !== "events" || event.name.startsWith("millrace/")) return;
    this.#events.push(event);
    this.#commit([
      decide(this.state, { type: "ConfirmEmissions", through: emission.sequence }, this.time),
      ...this.#told(event).map((body) => decideMessage(this.state, 0, body, this.time)),
    ]);
  }
}
