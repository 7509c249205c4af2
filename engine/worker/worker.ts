// A process' share of an app: joins the group, and keeps one task for every partition that it is assigned (R8, R9).
import { randomId } from "../core/ids.ts";
import type { Clock } from "../core/clock.ts";
import { MillraceError } from "../core/errors.ts";
import type { Invoker, InvokerHost } from "../execution/invoker.ts";
import { newestFormat } from "../journal/frame-formats.ts";
import type { Log, Membership, Suitability } from "../log/log.ts";
import { alarm, tellHook, type Alert, type AlertHook } from "../observability/alert.ts";
import type { Logger } from "../observability/logger.ts";
import type { Meters } from "../observability/meters.ts";
import type { AppTopics } from "../task/app-topics.ts";
import type { ConsumerCode } from "../task/consumer/consumer-code.ts";
import type { ConsumerReport, Consuming } from "../task/consumer/consuming.ts";
import type { SealedFrame } from "../task/frame-queue.ts";
import type { Lane } from "../task/lane.ts";
import type { EventReader } from "../task/event-reader.ts";
import { LogClock } from "../task/log-clock.ts";
import type { TaskSealing } from "../task/sealed-data.ts";
import type { SkipMissing } from "../task/sources.ts";
import { isServing, type TaskEnd } from "../task/status.ts";
import { Task } from "../task/task.ts";
import type { Shape, TaskLimits } from "../task/task-options.ts";
import { acknowledge, untilActivated } from "./activation.ts";
import { AlertWatch } from "./alert-watch.ts";
import { Colleagues } from "./colleagues.ts";
import { chooseManifest, suitabilityOf, type PublishedManifest } from "./deployment.ts";
import { stoppedWhileStarting } from "./errors.ts";
import { FunctionsTopic } from "./functions-topic.ts";
import { afterHeartbeat } from "./heartbeat-gate.ts";
import { readGauges } from "./gauges.ts";
import { Holdings, type PartitionReport } from "./holdings.ts";
import { inTime } from "../core/in-time.ts";
import { Leaving } from "./leaving.ts";
import { encodeFacts } from "./member-facts.ts";
import { Restores } from "./restores.ts";
import { Standbys } from "./standbys.ts";
import { activateNewest, tellIfTooNew } from "./upgrade.ts";

export interface WorkerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly topics: AppTopics;
  /** Name of the consumer group. */
  readonly group: string;
  readonly partitions: number;
  readonly manifest: PublishedManifest;
  readonly invoker: (host: InvokerHost) => Invoker;
  /** Opens and seals data of subjects. Default: nothing is sealed. */
  readonly sealing?: TaskSealing;
  /** Of the app that is a consumer. */
  readonly consumer?: ConsumerCode;
  readonly limits: TaskLimits;
  readonly skipMissing: readonly SkipMissing[];
  /** How long entries of journals are kept, milliseconds. Default: for ever. */
  readonly journalRetentionMs?: number;
  /** How records of sources are read. Default: as CloudEvents with JSON. */
  readonly reader?: EventReader;
  readonly activationTimeoutMs: number;
  /** How long running steps may go on when a partition is handed over. */
  readonly handOverMs: number;
  /** One for all workers of this process. */
  readonly lane: Lane;
  readonly onAlert?: AlertHook;
  /** Each run that fails; its line is in the log. */
  readonly onRunFailed?: (alert: Alert) => void;
  /** Codes of alerts that somebody hears of from this worker: others need not tell them. Default: none. */
  readonly tells?: readonly string[];
  /** Records of a source partition that may wait before somebody hears of it. Default 100,000. */
  readonly maxLag?: number;
  /** How many workers fold a partition ahead of time, beside its owner: 0 or 1. */
  readonly standbys: number;
  /** Whether no other process can be part of this app. */
  readonly isAlone: boolean;
  readonly onFrame?: (partition: number, frame: SealedFrame) => void;
}

const MAX_LAG = 100_000;
const TICK_MS = 500;
/** How long is waited for what should take milliseconds. */
const LEAVE_MS = 5_000;
const LOOK_AROUND_MS = 500;
/** Who stands by for what is worked out anew so often. */
const STAND_BY_MS = 2_000;

export class Worker {
  readonly name: string;
  readonly #options: WorkerOptions;
  readonly #logClock: LogClock;
  readonly #abort = new AbortController();
  readonly #functions: FunctionsTopic;
  readonly #colleagues: Colleagues;
  readonly #holdings: Holdings;
  readonly #restores: Restores;
  readonly #leaving: Leaving;
  readonly #standbys: Standbys | null;
  /** Where nobody hears of alerts, nobody looks for them. */
  readonly #alertWatch: AlertWatch | null;
  #assigned: ReadonlySet<number> = new Set();
  #membership: Membership | null = null;
  #forgetTicks: () => void = () => {};
  #stopped = false;

  constructor(options: WorkerOptions) {
    const { log, topics, group, clock, logger, manifest, handOverMs, partitions, standbys, meters, onAlert } = options;
    this.name = `${manifest.worker}-${randomId().slice(0, 6)}`;
    this.#options = options;
    this.#logClock = new LogClock(clock);
    this.#functions = new FunctionsTopic(log, topics.functions, this.#abort.signal, logger);
    this.#colleagues = new Colleagues({ log, group, worker: this.name, clock });
    this.#restores = new Restores({ clock, logger });
    this.#holdings = new Holdings({
      clock,
      logger,
      makeTask: (partition, onEnd) => this.#makeTask(partition, onEnd),
      manifest: () => this.#functions.active,
      shapes: () => this.#functions.shapes,
      mayReclaim: (partition) => this.#mayReclaim(partition),
      restored: (partition) => this.#restores.of(partition),
      onLost: (partition, end) => {
        meters.partitionsLost.of(end.kind).add();
        if (end.kind === "stopped") tellHook(logger, onAlert, { code: "PARTITION_STOPPED", message: end.error.message, partition });
      },
    });
    this.#alertWatch =
      onAlert === undefined
        ? null
        : new AlertWatch({
            clock,
            log,
            maxLag: options.maxLag ?? MAX_LAG,
            report: () => this.report(),
            alert: (alert) => alarm(logger, onAlert, alert),
          });
    this.#leaving = new Leaving({ clock, logClock: this.#logClock, logger, handOverMs });
    const suits = (metadata: Buffer): Suitability => suitabilityOf(metadata, this.#functions);
    this.#standbys = standbys === 0 ? null : new Standbys({ log, topics, partitions, logger, colleagues: this.#colleagues, suits });
  }

  /** Resolves when every partition of the app decides by this worker's functions. @throws WorkerError `ACTIVATION_TIMEOUT`; the worker goes on. */
  async start(): Promise<void> {
    const { log, group, manifest, partitions, clock, activationTimeoutMs } = this.#options;
    try {
      await this.#join();
      await untilActivated({
        functions: this.#functions,
        version: await chooseManifest(log, group, this.#functions, manifest),
        partitions,
        timeoutMs: activationTimeoutMs,
        clock,
        signal: this.#abort.signal,
        whyLate: (partition) => this.#holdings.whyLate(partition),
      });
    } catch (error) {
      throw this.#stopped ? stoppedWhileStarting(error) : error;
    }
  }

  async #join(): Promise<void> {
    const { log, group, topics, manifest, logger, isAlone, tells = [] } = this.#options;
    await this.#functions.open((error) =>
      logger.error(
        { err: error, code: "FUNCTIONS_TOPIC_LOST" },
        "the functions topic cannot be followed; it is read again. New deployments are seen late",
      ),
    );
    await activateNewest({ functions: this.#functions, isAlone, by: this.name, now: this.#logClock.now() });
    if (this.#stopped) throw stoppedWhileStarting();
    this.#functions.subscribe(tellIfTooNew(this.#functions, logger));
    this.#functions.subscribe(() => {
      if (this.#functions.active !== null) this.#holdings.manifestSeen(this.#functions.active);
      this.#holdings.shapesSeen();
    });
    this.#tick();
    const membership = await log.join({
      group,
      topic: topics.journal,
      metadata: encodeFacts({ worker: this.name, manifest: manifest.hash, reads: newestFormat(), tells }),
      suits: (metadata) => suitabilityOf(metadata, this.#functions),
      onAssignment: (partitions) => this.#assign(partitions),
      onLost: (reason) =>
        logger.warn(
          { reason: reason.message },
          "the group lost this worker; it joins again, and goes on until another claims its partitions",
        ),
    });
    this.#membership = membership;
    if (!this.#stopped) return;
    // stop() had nothing to leave yet.
    await membership.leave();
    throw stoppedWhileStarting();
  }

  /** Brings what its meters say of now up to date. */
  async measure(): Promise<void> {
    const { meters, log, clock } = this.#options;
    await readGauges({ meters, log, clock, partitions: this.report(), standbys: this.#standbys?.counts ?? { reading: 0, ready: 0 } });
  }

  /** Milliseconds since 1970 by the log's clock, as far as it is known here. */
  now(): number {
    return this.#logClock.now();
  }

  /** What this worker owns and how it fares. */
  report(): readonly PartitionReport[] {
    return this.#holdings.report();
  }

  /** Digest of each owned partition's state (R1): equal to a rebuild's at the same lsn. */
  async digests(): Promise<ReadonlyMap<number, { readonly lsn: number; readonly digest: string }>> {
    const running = this.#holdings.tasks.filter((task) => isServing(task.status));
    return new Map(await Promise.all(running.map(async (task) => [task.partition, await task.digest()] as const)));
  }

  /** What a partition keeps as a consumer, where this worker owns it; null elsewhere. */
  consumerAt(partition: number): Pick<Consuming, "get" | "entries"> | null {
    return this.#holdings.tasks.find((task) => task.partition === partition)?.consumer ?? null;
  }

  /** How the partitions fare as a consumer's, of those that this worker owns. */
  consumerReports(): ReadonlyMap<number, ConsumerReport> {
    return new Map(this.#holdings.tasks.flatMap((task) => (task.consumerReport === null ? [] : [[task.partition, task.consumerReport]])));
  }

  /** Hands the partitions over: running steps may finish, what they said is recorded, the rest goes on elsewhere. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#holdings.close();
    this.#standbys?.close();
    this.#alertWatch?.close();
    const { clock } = this.#options;
    const forgetLooking = clock.every(LOOK_AROUND_MS, () => void this.#lookAround());
    await this.#leaving.leaveAll(this.#holdings.tasks, async () => {
      if (this.#membership !== null) await inTime(clock, LEAVE_MS, this.#membership.leave());
      void this.#lookAround();
    });
    forgetLooking();
    this.#forgetTicks();
    this.#holdings.clear();
    this.#abort.abort();
  }

  /** Where nobody is left in the group, no successor is waited for. */
  async #lookAround(): Promise<void> {
    if (await this.#colleagues.isAlone()) this.#leaving.nobodyFollows();
  }

  /** For all tasks at once, so that what they ask the log shares a request. */
  #tick(): void {
    const { clock } = this.#options;
    const forgetTasks = clock.every(TICK_MS, () => {
      for (const task of [...this.#holdings.tasks, ...this.#leaving.tasks]) task.tick();
    });
    const forgetStandbys = this.#standbys === null ? () => {} : clock.every(STAND_BY_MS, () => void this.#standBy());
    this.#forgetTicks = () => {
      forgetTasks();
      forgetStandbys();
    };
  }

  async #standBy(): Promise<void> {
    const memberId = this.#membership?.memberId;
    if (memberId !== undefined) await this.#standbys?.review(memberId, (partition) => this.#assigned.has(partition));
  }

  #assign(partitions: readonly number[]): void {
    if (this.#stopped) return;
    this.#assigned = new Set(partitions);
    this.#options.logger.info({ worker: this.name, partitions }, "partitions assigned");
    for (const { partition } of this.#holdings.tasks) {
      if (this.#assigned.has(partition)) continue;
      const task = this.#holdings.release(partition);
      if (task !== null) this.#leaving.handOver(task);
    }
    for (const partition of partitions) {
      if (!this.#holdings.has(partition)) this.#holdings.open(partition, this.#leaving.recall(partition));
    }
  }

  #makeTask(partition: number, onEnd: (end: TaskEnd) => void): Task {
    const {
      log,
      clock,
      logger,
      meters,
      topics,
      partitions,
      invoker,
      limits,
      skipMissing,
      lane,
      onAlert,
      onRunFailed,
      onFrame,
      reader,
      sealing,
      consumer,
      journalRetentionMs,
    } = this.#options;
    this.#restores.begin(partition);
    return new Task({
      partition,
      partitions,
      topics,
      log,
      clock,
      logClock: this.#logClock,
      logger,
      meters,
      worker: this.name,
      lane,
      alert: (alert) => alarm(logger, onAlert, alert),
      invoker,
      limits,
      skipMissing,
      mayReclaim: () => this.#mayReclaim(partition),
      isAlive: (name) => this.#colleagues.isAlive(name),
      format: () => this.#functions.format,
      ahead: async () => (await this.#standbys?.take(partition)) ?? null,
      knownLsn: () => this.#functions.activatedLsn(partition),
      onShape: (shape) => this.#publishShape(shape),
      onActivated: (activation) => void acknowledge(activation, { functions: this.#functions, clock, logger, signal: this.#abort.signal }),
      onRestoring: (progress) => this.#restores.hear(partition, progress),
      onSourceStopped: (error) => {
        logger.error({ code: error instanceof MillraceError ? error.code : "SOURCE_STOPPED", partition }, error.message);
        tellHook(logger, onAlert, { code: "SOURCE_STOPPED", message: error.message, partition });
      },
      onEnd,
      ...(onFrame === undefined ? {} : { onFrame }),
      ...(onRunFailed === undefined ? {} : { onRunFailed }),
      ...(reader === undefined ? {} : { reader }),
      ...(sealing === undefined ? {} : { sealing }),
      ...(journalRetentionMs === undefined ? {} : { journalRetentionMs }),
      ...(consumer === undefined ? {} : { consumer }),
    });
  }

  /** Other partitions hear of it sooner than they would when they are asked for its past. */
  #publishShape(shape: Shape): void {
    this.#functions.publishShape(shape).catch((error: unknown) => {
      if (!this.#abort.signal.aborted)
        this.#options.logger.warn(
          { err: error, ...shape },
          "a shape of waits could not be published; partitions hear of it when they are asked",
        );
    });
  }

  async #mayReclaim(partition: number): Promise<void> {
    await afterHeartbeat(
      this.#options.clock,
      () => this.#membership,
      () => !this.#stopped && this.#assigned.has(partition),
    );
  }
}
