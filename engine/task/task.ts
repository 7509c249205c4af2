// One partition's owner: restores, claims, reads, decides, appends, releases (DESIGN §4). Each of these is a file beside this one;
// here they are put in order.
import { must } from "../core/errors.ts";
import type { RunId } from "../core/ids.ts";
import type { Invoker, InvokerHost } from "../execution/invoker.ts";
import { newestFormat } from "../journal/frame-formats.ts";
import { LogError } from "../log/errors.ts";
import type { BackfillState } from "../workflow/backfill/state.ts";
import { decide, type Input } from "../workflow/decide.ts";
import type { Decided } from "../workflow/decision.ts";
import { emptyState, type PartitionState } from "../workflow/state.ts";
import { Activations } from "./activations.ts";
import { consumingOf, type ConsumerReport, type Consuming } from "./consumer/consuming.ts";
import { Correspondence } from "./correspondence.ts";
import { Digests } from "./digests.ts";
import { effectsOf } from "./effects.ts";
import { endBy } from "./end-by.ts";
import { Emitter } from "./emitter.ts";
import { FrameQueue, type SealedFrame } from "./frame-queue.ts";
import { Inputs } from "./inputs.ts";
import { ImageKeeper } from "./image/image-keeper.ts";
import { FunctionNames } from "./function-names.ts";
import type { JournalTail } from "./journal-tail.ts";
import { InboxTrim } from "./inbox-trim.ts";
import { journalTrimOf, type JournalTrim } from "./journal-trim.ts";
import { Ledger } from "./ledger.ts";
import { LeaveTaking } from "./leave-taking.ts";
import { Pump } from "./pump.ts";
import { Queueing, type Backlog } from "./queueing.ts";
import { jsonEvents } from "./read-event.ts";
import { release, type ReleaseTo } from "./release.ts";
import { RunScheduler } from "./run-scheduler.ts";
import { openerOf } from "./sealed-data.ts";
import { isOwning, isServing, moved, reasonOf, type TaskEnd, type TaskStatus } from "./status.ts";
import { Standstill } from "./standstill.ts";
import { takeOver } from "./take-over.ts";
import type { SeenManifest, Shape, TaskOptions } from "./task-options.ts";

/** Whoever goes brings the image up to date first, if it takes no longer. */
const MAX_REFRESH_MS = 200;

export class Task implements InvokerHost {
  readonly partition: number;
  readonly leave: LeaveTaking;
  readonly #options: TaskOptions;
  readonly #state: PartitionState;
  readonly #frames: FrameQueue;
  readonly #image: ImageKeeper;
  readonly #invoker: Invoker;
  readonly #scheduler: RunScheduler;
  readonly #abort = new AbortController();
  readonly #emitter: Emitter;
  readonly #pump: Pump;
  readonly #inputs: Inputs;
  #tail: JournalTail | null = null;
  #status: TaskStatus = "CREATED";
  #end: TaskEnd | null = null;
  readonly #ledger: Ledger;
  readonly #queueing: Queueing;
  readonly #releaseTo: ReleaseTo;
  readonly #functionNames: FunctionNames;
  readonly #correspondence: Correspondence;
  /** Null where the app has functions. */
  readonly #consuming: Consuming | null;
  readonly #inboxTrim: InboxTrim;
  readonly #journalTrim: JournalTrim;
  /** Number of the last frame that is acknowledged and proved. */
  #ackedLsn = 0;
  readonly #standstill = new Standstill();
  readonly #digests: Digests;
  readonly #activations: Activations;

  constructor(options: TaskOptions) {
    const { partition, clock, logClock, log, topics, partitions, logger, reader = jsonEvents } = options;
    this.partition = partition;
    this.#options = options;
    this.#state = emptyState(partition, partitions);
    this.#state.open = openerOf(options.sealing ?? null);
    this.#frames = new FrameQueue(
      this.#state,
      () => logClock.now(),
      () => this.#image.sealed(),
    );
    const own = {
      state: this.#state,
      frames: this.#frames,
      log,
      clock,
      logger,
      meters: options.meters,
      signal: this.#abort.signal,
      isServing: () => isServing(this.#status),
      now: () => this.now(),
      submit: (input: Input) => this.submit(input),
      commit: (decision: Decided) => this.#commit(decision),
      flushed: () => this.#pump.flushed(),
      failed: (error: unknown) => this.#fail(error),
    };
    this.#image = new ImageKeeper({
      ...own,
      target: { topic: topics.state, partition },
      isFrameOpen: () => this.#frames.isOpen,
    });
    this.#pump = new Pump(this.#frames, {
      acknowledged: (frame, { offset, bytes }) => {
        this.#queueing.located(frame.lsn, offset);
        this.#image.acknowledged({ lsn: frame.lsn, offset }, bytes);
        this.#acknowledged(frame);
      },
      failed: (error) => this.#fail(error),
      format: () => this.#options.format(),
      slow: (proofMs) =>
        logger.warn(
          { code: "LOG_SLOW", partition },
          `the log takes longer than ${proofMs} ms to answer: ownership cannot be proved in time, and nothing is begun until it answers faster`,
        ),
    });
    this.leave = new LeaveTaking({
      status: () => this.#status,
      move: (to) => this.#move(to),
      prepare: () => this.#image.refresh(MAX_REFRESH_MS),
      say: (record) => this.submit({ type: "OwnerSays", record }),
      flushed: () => this.#pump.flushed(),
      look: (idleMs) => this.#pump.tick(idleMs),
      quiesce: (graceMs) => this.#quiesce(graceMs),
      close: () => this.#close({ kind: "released" }),
    });
    const consuming = consumingOf(options, {
      ...own,
      whenProved: (act) => this.#pump.whenProved(act),
    });
    this.#consuming = consuming;
    this.#digests = new Digests({
      ...own,
      standstill: this.#standstill,
      idle: () => this.#pump.idle(),
      goOn: (held) => {
        for (const input of held) this.submit(input);
        this.#queueing.look();
        this.#wakeRooms();
      },
    });
    this.#inputs = new Inputs({
      ...own,
      options,
      reader,
      consuming,
      standsStill: () => this.#standstill.isOn,
      mayReadEvents: () => this.#queueing.mayReadEvents,
      mayReadMessages: () => this.#queueing.mayReadMessages,
      mayTell: (decision) => this.#queueing.mayTell(decision),
      message: (source, record) => this.#correspondence.take(source, record),
      skipped: (record) => this.submit({ type: "OwnerSays", record }),
      schedule: () => this.#pump.schedule(),
      failed: (error) => this.#close({ kind: "stopped", error }),
    });
    this.#activations = new Activations({
      ...own,
      startsOf: (content, state) => this.#inputs.startsOf(content, state),
    });
    this.#invoker = options.invoker(this);
    this.#scheduler = new RunScheduler({
      ...own,
      invoker: this.#invoker,
      pump: this.#pump,
      logClock,
      lane: options.lane,
      mayStart: () => isServing(this.#status),
      expired: (run, step) => this.#correspondence.expired(run, step),
      flowDue: (key) => this.#queueing.due(key),
    });
    const count = { partitions };
    this.#emitter = new Emitter({
      ...own,
      targets: { events: { topic: topics.events, ...count }, deadLetter: { topic: topics.deadLetter, ...count } },
      confirm: (through) => this.submit({ type: "ConfirmEmissions", through }),
    });
    this.#functionNames = new FunctionNames(this.#state);
    this.#ledger = new Ledger({
      ...own,
      recording: (record) => {
        this.#functionNames.recording(record);
        this.#queueing.recording(record);
        consuming?.recording(record);
      },
      next: (now) => this.#queueing.next(now),
      recorded: (record, lsn) => {
        consuming?.recorded(record);
        if ("run" in record) this.#pump.touch(record.run, lsn);
        else if (record.type === "RunsStarted") this.#queueing.decided(record);
      },
      asked: (from, question) => this.#correspondence.asked(from, question),
    });
    this.#inboxTrim = new InboxTrim({ log, inbox: { topic: topics.inbox, partition }, clock, logger });
    this.#journalTrim = journalTrimOf({ ...own, whenProved: (act) => this.#pump.whenProved(act) }, options);
    this.#correspondence = new Correspondence({
      ...own,
      topics,
      room: () => this.#inputs.messages.wait(),
      mayBeNewer: () => this.#options.format() > newestFormat(),
      reader,
      maxEventBytes: options.limits.maxEventBytes,
      heldBack: (by, request) => this.#queueing.heldBack(by, request),
      consume: consuming?.decideMessage.bind(consuming),
      sealing: options.sealing ?? null,
      digestAsked: (nonce) => void this.#digests.tell(nonce).catch((error: unknown) => this.#fail(error)),
    });
    const parts = { options, invoker: this.#invoker, scheduler: this.#scheduler, correspondence: this.#correspondence };
    this.#queueing = new Queueing({
      ...own,
      ...parts,
      mayDecide: () => isOwning(this.#status) && !this.#standstill.isOn,
      again: () => this.#inputs.events.next(),
    });
    this.#releaseTo = effectsOf({
      ...parts,
      emitter: this.#emitter,
      queueing: this.#queueing,
      functionNames: this.#functionNames,
      claim: () => must(this.#tail, "the tail").epoch,
      activated: (version) => this.#activated(version),
    });
  }

  get status(): TaskStatus {
    return this.#status;
  }

  get end(): TaskEnd | null {
    return this.#end;
  }

  /** Runs that are not finished, by their state; for people. */
  get openRuns(): number {
    return this.#state.runs.size;
  }

  /** What people should know of: runs that are parked, runs without code, sources that stopped, the reason of the end. */
  problems(): readonly string[] {
    return [
      ...(this.#end === null || this.#end.kind === "released" ? [] : [reasonOf(this.#end)]),
      ...this.#inputs.problems(),
      ...this.#scheduler.problems(),
      ...(this.#consuming?.problems() ?? []),
    ];
  }

  get executingSteps(): number {
    return this.#invoker.executing;
  }

  /** What it keeps as a consumer, while it owns its partition; null where it does not, or is none. */
  get consumer(): Pick<Consuming, "get" | "entries"> | null {
    return isServing(this.#status) ? this.#consuming : null;
  }

  get consumerReport(): ConsumerReport | null {
    return this.#consuming?.report ?? null;
  }

  get backlog(): Backlog {
    return this.#queueing.backlog;
  }

  /** Those that are under way, and the last that are over. */
  get backfills(): readonly BackfillState[] {
    return [...this.#state.backfills.values()];
  }

  get manifestVersion(): number {
    return this.#activations.version;
  }

  /** Milliseconds since 1970 by the log's clock, never below the last frame. */
  now(): number {
    return Math.max(this.#state.time, this.#options.logClock.now());
  }

  /** Restores and claims the partition, and begins to work. Never rejects: the end is reported by `onEnd`. */
  async open(): Promise<void> {
    try {
      this.#move("RESTORING");
      this.#tail = await takeOver({
        options: this.#options,
        state: this.#state,
        image: this.#image,
        signal: this.#abort.signal,
        onKnock: () => this.leave.heardKnock(),
      });
      this.#begin();
    } catch (error) {
      this.#fail(error);
    }
  }

  #begin(): void {
    this.#move("RUNNING");
    const { lsn } = this.#state;
    const { epoch, nonce } = must(this.#tail, "the journal's tail").epoch;
    this.#image.open({ epoch, nonce }, { lsn, offset: epoch });
    this.#ackedLsn = lsn;
    for (const emission of this.#state.emissions.values()) this.#emitter.add(emission);
    this.#correspondence.begin();
    this.#queueing.begin(lsn, epoch);
    this.#consuming?.begin();
    this.#scheduler.resumeAll();
    this.#queueing.look();
    if (this.#state.manifest !== null) this.#activated(this.#state.manifest.version);
    this.#activations.begin();
    this.#pump.open(must(this.#tail, "the journal's tail"), lsn);
  }

  manifestSeen(manifest: SeenManifest): void {
    this.#activations.manifestSeen(manifest);
  }

  shapesSeen(shapes: Iterable<Shape>): void {
    this.#activations.shapesSeen(shapes);
  }

  /** An empty frame: its ack tells the log's time (DESIGN §8). */
  #learnTime(): void {
    this.#frames.open();
    this.#pump.schedule();
  }

  submit(input: Input): void {
    if (!isOwning(this.#status)) return;
    if (this.#standstill.isOn) {
      this.#standstill.hold(input);
      return;
    }
    try {
      const decision = decide(this.#state, input, this.now());
      if (decision.outcome === "decided") this.#commit(decision);
      else this.#options.logger.debug({ partition: this.partition, input: input.type, why: decision.why }, "input ignored");
    } catch (error) {
      // What cannot be decided here, or only half, is in no frame that goes out: the partition stops, visibly.
      this.#fail(error);
    }
  }

  whenProved(act: () => void): void {
    this.#pump.whenProved(act);
  }

  /** Called every half second by the worker, for all its tasks at once so that their questions share a request. */
  tick(): void {
    if (!isOwning(this.#status)) return;
    if (this.#options.logClock.isDoubtful()) this.#learnTime();
    this.#pump.tick();
    this.#wakeRooms();
    this.#scheduler.tick();
    this.#correspondence.tick();
    this.#inputs.tick();
    this.#inboxTrim.tick();
    if (!isServing(this.#status)) return;
    this.#queueing.tick();
    this.#consuming?.tick();
    this.#image.tick();
    this.#journalTrim.tick();
  }

  async #quiesce(graceMs: number): Promise<void> {
    this.#inputs.stop();
    this.#queueing.stopBackfills();
    await Promise.all([this.#invoker.quiesce(graceMs), this.#consuming?.quiesce(graceMs)]);
    await this.#pump.flushed();
    await this.#emitter.settled();
    await this.#correspondence.settled();
  }

  /** Ends at once, without a word: what a crash would do. */
  abandon(): void {
    if (this.#status !== "CLOSED") this.#close({ kind: "released" });
  }

  /** Number and digest of the state. Decides nothing until all that was decided is acknowledged, then goes on where it was. */
  async digest(): Promise<{ readonly lsn: number; readonly digest: string }> {
    return this.#digests.now();
  }

  #commit(decision: Decided): { readonly time: number } {
    const committed = this.#ledger.commit(decision);
    this.#scheduler.arm();
    this.#pump.schedule();
    return committed;
  }

  #acknowledged(frame: SealedFrame): void {
    this.#ackedLsn = frame.lsn;
    this.#inboxTrim.acknowledged(frame);
    this.#options.onFrame?.(this.partition, frame);
    for (const record of frame.records) {
      if ("run" in record) this.#scheduler.progressed(record.run);
      release(record, this.#releaseTo);
      this.#consuming?.acknowledged(record);
      this.#functionNames.told(record);
    }
    this.#correspondence.advanced();
    if (this.#queueing.mayReadMessages) this.#wakeRooms();
  }

  #wakeRooms(): void {
    this.#queueing.wake();
    this.#inputs.wake();
  }

  rested(run: RunId): void {
    this.#scheduler.rested(run);
    this.#queueing.wake();
  }

  idled(): void {
    this.#queueing.wake();
  }

  /** What is told stands in the journal: state runs ahead of it. */
  #activated(version: number): void {
    const { epoch } = must(this.#tail, "the tail").epoch;
    this.#options.onActivated({ partition: this.partition, version, epoch, lsn: this.#ackedLsn });
    this.#inputs.follow(this.#state);
  }

  #fail(error: unknown): void {
    this.#close(endBy(error));
  }

  #close(end: TaskEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#move("CLOSED");
    this.#abort.abort(new LogError("LOG_ABORTED", `the task of partition ${this.partition} is over: ${reasonOf(end)}`));
    this.leave.close();
    this.#image.close();
    this.#pump.close();
    this.#scheduler.close();
    this.#queueing.close();
    this.#correspondence.close();
    this.#consuming?.close(`partition ${this.partition}: ${reasonOf(end)}`);
    this.#invoker.close(`partition ${this.partition}: ${reasonOf(end)}`);
    this.#wakeRooms();
    this.#options.onEnd(end);
  }

  #move(to: TaskStatus): void {
    this.#status = moved(this.#status, to);
  }
}
