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
import { Consuming, type ConsumerReport } from "./consumer/consuming.ts";
import { Correspondence } from "./correspondence.ts";
import { effectsOf } from "./effects.ts";
import { endBy } from "./end-by.ts";
import { Emitter } from "./emitter.ts";
import { FrameQueue, type SealedFrame } from "./frame-queue.ts";
import { ImageKeeper } from "./image/image-keeper.ts";
import { FunctionNames } from "./function-names.ts";
import { Intake } from "./intake.ts";
import type { JournalTail } from "./journal-tail.ts";
import { InboxTrim } from "./inbox-trim.ts";
import { Ledger } from "./ledger.ts";
import { LeaveTaking } from "./leave-taking.ts";
import { Pump } from "./pump.ts";
import { Queueing, type Backlog } from "./queueing.ts";
import { jsonEvents } from "./read-event.ts";
import { release, type ReleaseTo } from "./release.ts";
import { Room } from "./room.ts";
import { RunScheduler } from "./run-scheduler.ts";
import { isOwning, isServing, moved, reasonOf, type TaskEnd, type TaskStatus } from "./status.ts";
import { Sources } from "./sources.ts";
import { stateDigest } from "./state-digest.ts";
import { Standstill } from "./standstill.ts";
import { takeOver } from "./take-over.ts";
import type { SeenManifest, Shape, TaskOptions } from "./task-options.ts";
import { Unreadable } from "./unreadable.ts";

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
  readonly #sources: Sources;
  readonly #intake: Intake;
  readonly #unreadable: Unreadable;
  #tail: JournalTail | null = null;
  #status: TaskStatus = "CREATED";
  #end: TaskEnd | null = null;
  readonly #room: Room;
  readonly #inboxRoom: Room;
  readonly #ledger: Ledger;
  readonly #queueing: Queueing;
  readonly #releaseTo: ReleaseTo;
  readonly #functionNames: FunctionNames;
  readonly #correspondence: Correspondence;
  /** Null where the app has functions. */
  readonly #consuming: Consuming | null;
  readonly #inboxTrim: InboxTrim;
  /** Number of the last frame that is acknowledged and proved. */
  #ackedLsn = 0;
  #manifest: SeenManifest | null = null;
  readonly #standstill = new Standstill();

  constructor(options: TaskOptions) {
    const { partition, clock, logClock, log, topics, partitions, logger, reader = jsonEvents } = options;
    this.partition = partition;
    this.#options = options;
    this.#state = emptyState(partition, partitions);
    this.#frames = new FrameQueue(
      this.#state,
      () => logClock.now(),
      () => this.#image.sealed(),
    );
    this.#image = new ImageKeeper({
      log,
      target: { topic: topics.state, partition },
      state: this.#state,
      clock,
      logger,
      signal: this.#abort.signal,
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
    this.#consuming = this.#consumingOf(options);
    const consuming = this.#consuming;
    this.#room = new Room(() => this.#standstill.isOn || !this.#queueing.mayReadEvents || consuming?.mayReadEvents === false);
    this.#inboxRoom = new Room(() => this.#standstill.isOn || !this.#queueing.mayReadMessages || consuming?.mayReadMessages === false);
    this.#invoker = options.invoker(this);
    this.#scheduler = new RunScheduler({
      state: this.#state,
      invoker: this.#invoker,
      pump: this.#pump,
      clock,
      logClock,
      lane: options.lane,
      logger,
      now: () => this.now(),
      mayStart: () => isServing(this.#status),
      submit: (input) => this.submit(input),
      expired: (run, step) => this.#correspondence.expired(run, step),
      flowDue: (key) => this.#queueing.due(key),
    });
    const count = { partitions };
    this.#emitter = new Emitter({
      log,
      logger,
      signal: this.#abort.signal,
      targets: { events: { topic: topics.events, ...count }, deadLetter: { topic: topics.deadLetter, ...count } },
      confirm: (through) => this.submit({ type: "ConfirmEmissions", through }),
      failed: (error) => this.#fail(error),
    });
    this.#functionNames = new FunctionNames(this.#state);
    this.#ledger = new Ledger({
      state: this.#state,
      frames: this.#frames,
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
    this.#correspondence = new Correspondence({
      log,
      topics,
      state: this.#state,
      frames: this.#frames,
      clock,
      logger,
      signal: this.#abort.signal,
      now: () => this.now(),
      commit: (decision) => this.#commit(decision),
      submit: (input) => this.submit(input),
      flushed: () => this.#pump.flushed(),
      room: () => this.#inboxRoom.wait(),
      mayBeNewer: () => this.#options.format() > newestFormat(),
      failed: (error) => this.#fail(error),
      reader,
      maxEventBytes: options.limits.maxEventBytes,
      heldBack: (by, request) => this.#queueing.heldBack(by, request),
      consume: consuming?.decideMessage.bind(consuming),
      digestAsked: (nonce) => void this.#tellDigest(nonce).catch((error: unknown) => this.#fail(error)),
    });
    const parts = { options, invoker: this.#invoker, scheduler: this.#scheduler, correspondence: this.#correspondence };
    this.#queueing = new Queueing({
      ...parts,
      state: this.#state,
      frames: this.#frames,
      signal: this.#abort.signal,
      failed: (error) => this.#fail(error),
      mayDecide: () => isOwning(this.#status) && !this.#standstill.isOn,
      isServing: () => isServing(this.#status),
      commit: (decision) => void this.#commit(decision),
      submit: (input) => this.submit(input),
      now: () => this.now(),
      flushed: () => this.#pump.flushed(),
      again: () => this.#room.next(),
    });
    this.#releaseTo = effectsOf({
      ...parts,
      emitter: this.#emitter,
      queueing: this.#queueing,
      functionNames: this.#functionNames,
      claim: () => must(this.#tail, "the tail").epoch,
      activated: (version) => this.#activated(version),
    });
    this.#unreadable = new Unreadable({ reader, clock, logger });
    this.#intake = new Intake({
      state: this.#state,
      frames: this.#frames,
      reader,
      maxEventBytes: options.limits.maxEventBytes,
      logger,
      now: () => this.now(),
      commit: (decision) => this.#commit(decision),
      hold: (decision) => (this.#queueing.mayTell(decision) ? null : this.#room.next()),
      unreadable: (source, until) => this.#unreadable.waits(source, until),
      consume: consuming?.decide.bind(consuming),
    });
    this.#sources = new Sources({
      log,
      partition,
      partitions,
      skipMissing: options.skipMissing,
      signal: this.#abort.signal,
      inbox: topics.inbox,
      onRecord: (source, record, stamped) => {
        this.#pump.schedule();
        if (source.topic === topics.inbox) return this.#correspondence.take(source, record);
        return consuming?.isBeyond(source, record.offset) === true ? this.#room.next() : this.#intake.take(source, record, stamped);
      },
      // Messages are let in when events are not: others' answers are what runs wait for.
      room: ({ topic }) => (topic === topics.inbox ? this.#inboxRoom : this.#room).wait(),
      skipped: (record) => this.submit({ type: "OwnerSays", record }),
      flushed: () => this.#pump.flushed(),
      onStopped: options.onSourceStopped,
      onFailed: (error) => this.#close({ kind: "stopped", error }),
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
      ...[...this.#sources.stopped.values()].map((error) => error.message),
      ...this.#unreadable.problems(),
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
    return this.#state.manifest?.version ?? -1;
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
    if (this.#manifest !== null) this.manifestSeen(this.#manifest);
    this.#pump.open(must(this.#tail, "the journal's tail"), lsn);
  }

  /** The newest manifest of the functions topic. */
  manifestSeen(manifest: SeenManifest): void {
    this.#manifest = manifest;
    if (!isServing(this.#status) || manifest.version <= this.manifestVersion) return;
    this.#sources.startsOf(manifest.content, this.#state).then(
      (starts) => this.submit({ type: "ActivateManifest", ...manifest, starts }),
      (error: unknown) => this.#fail(error),
    );
  }

  /** What runs of other partitions wait for: events are told from now on. */
  shapesSeen(shapes: Iterable<Shape>): void {
    if (!isServing(this.#status)) return;
    for (const { event, path } of shapes) {
      if (!this.#state.shapes.has(event, path)) this.submit({ type: "ActivateShape", event, path });
    }
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
    this.#unreadable.tick();
    this.#inboxTrim.tick();
    if (!isServing(this.#status)) return;
    this.#queueing.tick();
    this.#consuming?.tick();
    this.#image.tick();
  }

  async #quiesce(graceMs: number): Promise<void> {
    this.#sources.stop();
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
    return this.#standstill.during(
      async () => {
        await this.#pump.idle();
        return { lsn: this.#state.lsn, digest: stateDigest(this.#state) };
      },
      (held) => {
        for (const input of held) this.submit(input);
        this.#queueing.look();
        this.#wakeRooms();
      },
    );
  }

  /** Into the journal: whoever asked reads it there. */
  async #tellDigest(nonce: string): Promise<void> {
    const { lsn, digest } = await this.digest();
    this.submit({ type: "OwnerSays", record: { type: "DigestTold", nonce, of: lsn, digest } });
  }

  #consumingOf({ consumer: code, clock, logger }: TaskOptions): Consuming | null {
    if (code === undefined) return null;
    return new Consuming({
      code,
      state: this.#state,
      clock,
      logger,
      now: () => this.now(),
      isServing: () => isServing(this.#status),
      whenProved: (act) => this.#pump.whenProved(act),
      submit: (input) => this.submit(input),
    });
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
    this.#room.wake();
    this.#inboxRoom.wake();
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
    this.#sources.follow(this.#state);
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
