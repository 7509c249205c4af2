// Runs that wait before they begin, and events that are not read yet: who may go on, and when.
import type { Invoker } from "../execution/invoker.ts";
import type { Decided, Message } from "../workflow/decision.ts";
import type { Input } from "../workflow/decide.ts";
import type { CellsForgotten, CellSet, HoldBack, JournalRecord, RunsStarted } from "../workflow/records.ts";
import { limitOf } from "../workflow/consumer/steer.ts";
import { countHeldEvents, waitingAt, type WaitingAt } from "../workflow/flow/lines/waiting-at.ts";
import { pauseOf } from "../workflow/flow/limits/pause.ts";
import { declaredId } from "../workflow/run/handlers.ts";
import { eventSources } from "../workflow/source/source.ts";
import type { PartitionState } from "../workflow/state.ts";
import { Backfills } from "./backfill/backfills.ts";
import { Admissions } from "./admissions.ts";
import { CatchUp } from "./catch-up.ts";
import type { Correspondence } from "./correspondence.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { FlowLines } from "./flow-lines.ts";
import { FullHomes } from "./full-homes.ts";
import { MissingValues } from "./missing-values.ts";
import { pastRows, Pressure } from "./pressure.ts";
import { jsonEvents } from "./read-event.ts";
import type { RunScheduler } from "./run-scheduler.ts";
import { Shares } from "./shares.ts";
import { Sweep } from "./sweep.ts";
import type { TaskOptions } from "./task-options.ts";

export interface ReadUpTo {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
  /** Another version of a consumer reads from there on. */
  readonly until: number | null;
}

export interface Backlog {
  /** Of each source partition that is read: the first offset that is not decided, and the one that nothing is read from on, where there is one. */
  readonly positions: readonly ReadUpTo[];
  /** Runs in memory that do something, or whose code is about to be called; `maxActiveRuns` bounds them. */
  readonly activeRuns: number;
  /** Runs that wait in lines before they begin; `maxQueuedRuns` bounds them. */
  readonly queuedRuns: number;
  /** Why no further events are read, for a second at least; null: they are. */
  readonly readingStopped: string | null;
  /** Events that `batchEvents`, `debounce` and `singleton` hold. */
  readonly heldEvents: number;
  /** Why functions do not move: where runs wait before they begin, the twenty places where most do. */
  readonly waiting: readonly WaitingAt[];
}

export interface QueueingOptions {
  readonly options: TaskOptions;
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly invoker: Invoker;
  readonly scheduler: RunScheduler;
  readonly correspondence: Correspondence;
  readonly signal: AbortSignal;
  readonly failed: (error: unknown) => void;
  /** Whether anything may be decided now. */
  readonly mayDecide: () => boolean;
  /** Whether the owner takes on more. */
  readonly isServing: () => boolean;
  readonly commit: (decision: Decided) => void;
  readonly submit: (input: Input) => void;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  /** Resolves when what was decided is acknowledged. */
  readonly flushed: () => Promise<void>;
  /** Resolves when something went away that others may wait for. */
  readonly again: () => Promise<void>;
}

/** What is due while too much is on its way out is looked at again. */
const SOON_MS = 20;

export class Queueing {
  readonly #options: QueueingOptions;
  readonly #admissions: Admissions;
  readonly #shares: Shares;
  readonly #pressure: Pressure;
  readonly #sweep: Sweep;
  readonly #homes: FullHomes;
  /** The same for runs of backfills. */
  readonly #pastHomes: FullHomes;
  readonly #catchUp: CatchUp;
  readonly #lines: FlowLines;
  readonly #missing: MissingValues;
  readonly #backfills: Backfills;

  constructor(parts: QueueingOptions) {
    const { options, state, frames, invoker, scheduler, correspondence, signal, failed, mayDecide, isServing, commit, submit, now } = parts;
    const { log, topics, partition, clock, logger } = options;
    const { maxActiveRuns, maxQueuedRuns } = options.limits;
    this.#options = parts;
    this.#shares = new Shares({
      maxActiveRuns,
      functions: () => state.manifest?.functions.size ?? 0,
      // Runs without code here hold no slot of what others share, so that would keep none of them in its line.
      isWelcome: (id) => invoker.canRun(id) || !sharesLimits(state, id),
      invoker,
      scheduler,
    });
    const tell = (messages: readonly Message[]): void => submit({ type: "TellTask", messages });
    this.#homes = new FullHomes({ state, maxQueuedRuns, clock, now, tell });
    this.#pastHomes = new FullHomes({ state, maxQueuedRuns: pastRows(maxQueuedRuns), clock, now, tell, isPast: true });
    this.#pressure = new Pressure({ state, frames, correspondence, homes: this.#homes, maxQueuedRuns, logger });
    this.#sweep = new Sweep({ state, clock, now, submit });
    this.#catchUp = new CatchUp({
      log,
      state,
      clock,
      isRead: (topic) => topic === topics.inbox || state.manifest?.sources.some((source) => source.topic === topic) === true,
      due: (key) => this.due(key),
    });
    this.#lines = new FlowLines(state, logger);
    this.#missing = new MissingValues(state, logger);
    this.#admissions = new Admissions({
      log,
      journal: { topic: topics.journal, partition },
      state,
      frames,
      signal,
      failed,
      mayDecide,
      mayStart: () => isServing() && !this.#pressure.isOwing,
      shares: this.#shares,
      commit,
      now,
    });
    this.#backfills = this.#backfillsOf(parts);
  }

  #backfillsOf({
    options,
    state,
    frames,
    signal,
    failed,
    mayDecide,
    isServing,
    commit,
    submit,
    now,
    flushed,
    again,
  }: QueueingOptions): Backfills {
    const { log, topics, partition, clock, logger, limits, reader = jsonEvents } = options;
    return new Backfills({
      log,
      journal: { topic: topics.journal, partition },
      state,
      frames,
      clock,
      logger,
      reader,
      maxEventBytes: limits.maxEventBytes,
      signal,
      isServing,
      now,
      commit,
      submit,
      flushed,
      room: (functionId) => (mayDecide() && this.mayReadPast(functionId) ? null : again()),
      hold: (decision) => (this.#pastHomes.areIn(decision) ? again() : null),
      failed,
    });
  }

  /** The state is that of the claim, which stands at `epoch`. */
  begin(lsn: number, epoch: number): void {
    this.#options.state.flow.room = this.#shares;
    this.#pressure.begin();
    this.#catchUp.begin();
    this.#lines.begin();
    this.#admissions.located(lsn, epoch);
  }

  /** Where a frame stands: of each that is acknowledged. */
  located(lsn: number, offset: number): void {
    this.#admissions.located(lsn, offset);
    this.#catchUp.look();
  }

  /** A record is about to change the state. */
  recording(record: JournalRecord): void {
    this.#admissions.recording(record);
    this.#pressure.recording(record);
    this.#lines.recording(record);
    this.#missing.recording(record);
  }

  /** The record is acknowledged. */
  changed(record: CellSet | CellsForgotten): void {
    this.#lines.changed(record);
  }

  /** Runs start by the frame that is open. */
  decided(record: RunsStarted): void {
    this.#shares.decided(record);
  }

  /** The frame is acknowledged, and their code is to be called. */
  started(record: RunsStarted): void {
    this.#shares.started(record);
  }

  /** Who is let in after a decision. */
  next(now: number): Decided | null {
    return this.#admissions.next(now);
  }

  /** What has this key is due. */
  due(key: string): void {
    const { state, submit } = this.#options;
    const { held, spreads } = state.flow;
    if (held.has(key) && this.#catchUp.isOn) this.#catchUp.hold(key);
    // Copies of a large event: no more frames of them wait than of others (R16).
    else if (spreads.has(key) && this.#pressure.isStuck) state.timers.push({ kind: "flow", at: this.#options.now() + SOON_MS, key });
    else if (held.has(key) || spreads.has(key)) submit({ type: "FlowDue", key });
    else this.#admissions.due(key);
  }

  close(): void {
    this.#catchUp.close();
  }

  /** Lets in who can be: something changed that is no decision. */
  look(): void {
    this.#admissions.look();
  }

  /** Runs ended or came to rest, or what was decided is acknowledged. */
  wake(): void {
    if (!this.#options.isServing()) return;
    this.#lookAtHomes();
    this.#admissions.wake();
    this.#backfills.look();
  }

  /** Called twice a second. */
  tick(): void {
    this.#lookAtHomes();
    this.#pressure.tick();
    this.#sweep.tick();
  }

  #lookAtHomes(): void {
    this.#homes.look();
    if (this.#options.state.backfills.size > 0) this.#pastHomes.look();
  }

  /** Another partition has too many runs in lines. */
  heldBack(by: number, request: HoldBack): void {
    (request.isPast ? this.#pastHomes : this.#homes).heard(by, request);
  }

  /** Whether others may be told this: runs of an event are to go to where not too many wait. */
  mayTell(decision: Decided): boolean {
    return !this.#homes.areIn(decision);
  }

  get mayReadEvents(): boolean {
    // The last one enters all its functions before the next does any.
    return this.#options.state.flow.spreads.size === 0 && this.#pressure.mayReadEvents;
  }

  /** For good: the owner is about to go. */
  stopBackfills(): void {
    this.#backfills.stop();
  }

  /** Whether the function may get an event of the past: while live ones leave room, and nobody has to wait for it in a line. */
  mayReadPast(functionId: string): boolean {
    const { state, isServing } = this.#options;
    return (
      isServing() &&
      this.mayReadEvents &&
      this.#pressure.isQuiet &&
      pauseOf(state, functionId) === null &&
      this.#shares.roomFor(functionId) > 0
    );
  }

  get mayReadMessages(): boolean {
    return !this.#pressure.isStuck;
  }

  /** For people. */
  get backlog(): Backlog {
    const { state, isServing, now } = this.#options;
    return {
      positions: eventSources(state).map((source) => {
        const { topic, partition, next } = source;
        return { topic, partition, next, until: limitOf(state, source) };
      }),
      activeRuns: this.#shares.active,
      queuedRuns: state.flow.rows.size,
      readingStopped: isServing() ? this.#pressure.reason : null,
      heldEvents: countHeldEvents(state),
      waiting: waitingAt(state, now()),
    };
  }
}

function sharesLimits({ manifest }: PartitionState, functionId: string): boolean {
  const limits = manifest?.functions.get(declaredId(functionId))?.flow?.concurrency ?? [];
  return limits.some(({ scope }) => scope === "app");
}
