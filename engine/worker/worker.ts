// A process' share of an app: joins the group, and keeps one task for every partition that it is assigned (R8, R9).
import { randomId } from "../core/ids.ts";
import type { Clock } from "../core/clock.ts";
import { assert, MillraceError, unreachable } from "../core/errors.ts";
import type { Invoker, InvokerHost } from "../execution/invoker.ts";
import { JournalError } from "../journal/errors.ts";
import type { Log, Membership } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { AppTopics } from "../task/app-topics.ts";
import type { SealedFrame } from "../task/frame-queue.ts";
import { LogClock } from "../task/log-clock.ts";
import type { SkipMissing } from "../task/sources.ts";
import { reasonOf, type TaskEnd, type TaskStatus } from "../task/status.ts";
import type { PartitionActivated } from "../../schemas/journal/generated.ts";
import { Task, type TaskLimits } from "../task/task.ts";
import { backoffMs } from "../core/backoff.ts";
import { chooseManifest, memberFacts, type PublishedManifest } from "./deployment.ts";
import { FunctionsTopic } from "./functions-topic.ts";
import { afterHeartbeat } from "./heartbeat-gate.ts";

export interface WorkerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly topics: AppTopics;
  /** Name of the consumer group. */
  readonly group: string;
  readonly partitions: number;
  readonly manifest: PublishedManifest;
  readonly invoker: (host: InvokerHost) => Invoker;
  readonly limits: TaskLimits;
  readonly skipMissing: readonly SkipMissing[];
  readonly activationTimeoutMs: number;
  /** How long running steps may go on when a partition is handed over. */
  readonly handOverMs: number;
  readonly onFrame?: (partition: number, frame: SealedFrame) => void;
}

export interface PartitionReport {
  readonly partition: number;
  readonly status: TaskStatus;
  /** Why it is over, or why a source of it stopped. */
  readonly problems: readonly string[];
  readonly openRuns: number;
  readonly executingSteps: number;
}

export type WorkerErrorCode = "ACTIVATION_TIMEOUT" | "STOPPED_WHILE_STARTING";

export class WorkerError extends MillraceError {
  override readonly family = "worker";
  declare readonly code: WorkerErrorCode;

  constructor(code: WorkerErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}

function stoppedWhileStarting(cause?: unknown): WorkerError {
  return new WorkerError("STOPPED_WHILE_STARTING", "the app was stopped before every partition had taken up its functions", { cause });
}

const TICK_MS = 500;
/** How long is waited for what should take milliseconds, when a partition is handed over. */
const ANNOUNCE_MS = 2_000;
const LEAVE_MS = 5_000;
const FLUSH_MS = 2_000;
const REOPEN_BACKOFF = { baseMs: 500, maxMs: 30_000 };

/** One partition while it is assigned to this worker, through as many tasks as that takes. */
interface Holding {
  task: Task;
  failures: number;
  /** The task before, still on its way out. */
  closing: Promise<void>;
}

export class Worker {
  readonly name: string;
  readonly #options: WorkerOptions;
  readonly #logClock: LogClock;
  readonly #abort = new AbortController();
  readonly #functions: FunctionsTopic;
  readonly #held = new Map<number, Holding>();
  /** Tasks of partitions that went to others, on their way out. */
  readonly #leaving = new Map<number, { readonly task: Task; readonly gone: Promise<void> }>();
  #assigned: ReadonlySet<number> = new Set();
  #membership: Membership | null = null;
  #forgetTick: () => void = () => {};
  #stopped = false;

  constructor(options: WorkerOptions) {
    this.name = `${options.manifest.worker}-${randomId().slice(0, 6)}`;
    this.#options = options;
    this.#logClock = new LogClock(options.clock);
    this.#functions = new FunctionsTopic(options.log, options.topics.functions, this.#abort.signal, options.logger);
  }

  /** Resolves when every partition of the app decides by this worker's functions. @throws WorkerError `ACTIVATION_TIMEOUT`; the worker goes on. */
  async start(): Promise<void> {
    try {
      await this.#join();
      await this.#waitForActivation(await this.#chooseManifest());
    } catch (error) {
      throw this.#stopped ? stoppedWhileStarting(error) : error;
    }
  }

  async #join(): Promise<void> {
    const { log, group, topics, manifest, logger } = this.#options;
    await this.#functions.open((error) =>
      logger.error(
        { err: error, code: "FUNCTIONS_TOPIC_LOST" },
        "the functions topic cannot be followed; it is read again. New deployments are seen late",
      ),
    );
    if (this.#stopped) throw stoppedWhileStarting();
    this.#functions.subscribe(() => this.#spreadManifest());
    this.#tick();
    const membership = await log.join({
      group,
      topic: topics.journal,
      metadata: memberFacts({ worker: this.name, manifest: manifest.hash }),
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

  async #chooseManifest(): Promise<number> {
    const { log, group, manifest } = this.#options;
    return chooseManifest(log, group, this.#functions, manifest);
  }

  /** What this worker owns and how it fares. */
  report(): readonly PartitionReport[] {
    return [...this.#held]
      .map(([partition, { task }]) => ({
        partition,
        status: task.status,
        problems: task.problems(),
        openRuns: task.openRuns,
        executingSteps: task.executingSteps,
      }))
      .toSorted((a, b) => a.partition - b.partition);
  }

  /** Digest of each owned partition's state (R1): equal to a rebuild's at the same lsn. */
  async digests(): Promise<ReadonlyMap<number, { readonly lsn: number; readonly digest: string }>> {
    const running = [...this.#held].filter(([, { task }]) => task.status === "RUNNING");
    return new Map(await Promise.all(running.map(async ([partition, { task }]) => [partition, await task.digest()] as const)));
  }

  /** Hands the partitions over: running steps may finish, what they said is recorded, the rest goes on elsewhere. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const tasks = [...this.#held.values()].map(({ task }) => task);
    const { handOverMs, clock } = this.#options;
    const until = this.#logClock.now() + handOverMs + 1_000;
    await Promise.all(tasks.map((task) => inTime(clock, ANNOUNCE_MS, task.announceRelease(until))));
    if (this.#membership !== null) await inTime(clock, LEAVE_MS, this.#membership.leave());
    await Promise.all([...tasks.map((task) => this.#finishRelease(task)), ...[...this.#leaving.values()].map(({ gone }) => gone)]);
    this.#forgetTick();
    this.#held.clear();
    this.#abort.abort();
  }

  /** For all tasks at once, so that what they ask the log shares a request. */
  #tick(): void {
    this.#forgetTick = this.#options.clock.every(TICK_MS, () => {
      for (const { task } of this.#held.values()) task.tick();
      for (const { task } of this.#leaving.values()) task.tick();
    });
  }

  #assign(partitions: readonly number[]): void {
    if (this.#stopped) return;
    const { logger } = this.#options;
    this.#assigned = new Set(partitions);
    logger.info({ worker: this.name, partitions }, "partitions assigned");
    for (const [partition, { task }] of this.#held) {
      if (this.#assigned.has(partition)) continue;
      this.#held.delete(partition);
      const gone = this.#handOver(task).finally(() => this.#leaving.delete(partition));
      this.#leaving.set(partition, { task, gone });
    }
    for (const partition of partitions) {
      if (!this.#held.has(partition)) this.#open(partition, 0, this.#leaving.get(partition)?.gone ?? Promise.resolve());
    }
  }

  async #handOver(task: Task): Promise<void> {
    const { handOverMs, clock } = this.#options;
    await inTime(clock, ANNOUNCE_MS, task.announceRelease(this.#logClock.now() + handOverMs + 1_000));
    await this.#finishRelease(task);
  }

  /** A log that does not answer is not waited for: the successor goes by the time that was announced, or by this worker's silence. */
  async #finishRelease(task: Task): Promise<void> {
    const { handOverMs, clock, logger } = this.#options;
    if (await inTime(clock, handOverMs + FLUSH_MS, task.finishRelease(handOverMs))) return;
    logger.warn(
      { code: "STOPPED_ABRUPTLY", partition: task.partition },
      "the partition could not be handed over in time: the log does not answer. It goes on elsewhere, as after a crash",
    );
    task.abandon();
  }

  #open(partition: number, failures: number, closing: Promise<void>): void {
    const task = this.#makeTask(partition);
    this.#held.set(partition, { task, failures, closing });
    if (this.#functions.active !== null) task.manifestSeen(this.#functions.active);
    void closing.then(() => (this.#held.get(partition)?.task === task ? task.open() : undefined));
  }

  #makeTask(partition: number): Task {
    const { log, clock, logger, topics, partitions, invoker, limits, skipMissing, onFrame } = this.#options;
    let progressAt = clock.monotonicMs() + 2_000;
    const task: Task = new Task({
      partition,
      partitions,
      topics,
      log,
      clock,
      logClock: this.#logClock,
      logger,
      worker: this.name,
      invoker,
      limits,
      skipMissing,
      mayReclaim: () => this.#mayReclaim(partition),
      knownLsn: () => this.#functions.activatedLsn(partition),
      onActivated: (activation) => void this.#acknowledge(activation),
      onRestoring: ({ offset, end, records }) => {
        if (clock.monotonicMs() < progressAt) return;
        progressAt = clock.monotonicMs() + 2_000;
        logger.info({ partition, offset, end, records }, "restoring from the journal");
      },
      onSourceStopped: (error) =>
        logger.error({ code: error instanceof MillraceError ? error.code : "SOURCE_STOPPED", partition }, error.message),
      onEnd: (end) => this.#ended(partition, task, end),
      ...(onFrame === undefined ? {} : { onFrame }),
    });
    return task;
  }

  /** Others wait for this word in their `start`: it is said again until it is heard. */
  async #acknowledge(activation: PartitionActivated): Promise<void> {
    const { logger, clock } = this.#options;
    for (let failures = 0; !this.#abort.signal.aborted; failures++) {
      try {
        return await this.#functions.acknowledge(activation);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        logger.error({ err: error, partition: activation.partition }, "an activation could not be acknowledged; it is tried again");
        await new Promise<void>((resolve) => void clock.setTimer(backoffMs(failures, Math.random(), REOPEN_BACKOFF), resolve));
      }
    }
  }

  async #mayReclaim(partition: number): Promise<void> {
    await afterHeartbeat(
      this.#options.clock,
      () => this.#membership,
      () => !this.#stopped && this.#assigned.has(partition),
    );
  }

  /** R9: an assigned partition is owned, or visibly stopped with a reason. */
  #ended(partition: number, task: Task, end: TaskEnd): void {
    const { logger, clock } = this.#options;
    const holding = this.#held.get(partition);
    switch (end.kind) {
      case "released":
        return;
      case "fenced":
        logger.warn({ partition, by: end.by }, "another owner claimed the partition");
        break;
      case "stopped":
        logger.error(
          { partition, code: end.error instanceof MillraceError ? end.error.code : "TASK_FAILED", err: end.error },
          `partition ${partition} stopped: ${end.error.message}`,
        );
        // What the journal says does not change by reading it again.
        if (end.error instanceof JournalError) return;
        break;
      default:
        return unreachable(end);
    }
    if (holding?.task !== task || this.#stopped) return;
    const failures = end.kind === "stopped" ? holding.failures + 1 : 0;
    const wait = new Promise<void>((resolve) => {
      if (failures > 0) clock.setTimer(backoffMs(failures - 1, Math.random(), REOPEN_BACKOFF), resolve);
      else this.#mayReclaim(partition).then(resolve, () => {});
    });
    this.#open(partition, failures, wait);
  }

  #spreadManifest(): void {
    const { active } = this.#functions;
    if (active === null) return;
    for (const { task } of this.#held.values()) task.manifestSeen(active);
  }

  async #waitForActivation(version: number): Promise<void> {
    const { partitions, activationTimeoutMs, clock } = this.#options;
    const late = (): number[] =>
      Array.from({ length: partitions }, (_, partition) => partition).filter(
        (partition) => this.#functions.activatedVersion(partition) < version,
      );
    await new Promise<void>((resolve, reject) => {
      const forgetTimer = clock.setTimer(activationTimeoutMs, () => {
        unsubscribe();
        reject(new WorkerError("ACTIVATION_TIMEOUT", this.#lateText(late(), activationTimeoutMs)));
      });
      const check = (): void => {
        if (late().length > 0) return;
        forgetTimer();
        unsubscribe();
        resolve();
      };
      const unsubscribe = this.#functions.subscribe(check);
      this.#abort.signal.addEventListener("abort", () => {
        forgetTimer();
        unsubscribe();
        reject(stoppedWhileStarting());
      });
      if (this.#abort.signal.aborted) reject(stoppedWhileStarting());
      check();
    });
  }

  #lateText(late: readonly number[], timeoutMs: number): string {
    assert(late.length > 0, "some partition is late");
    const reasons = late.map((partition) => {
      const holding = this.#held.get(partition);
      if (holding === undefined) return `partition ${partition} is assigned to another worker, which has not taken up the new functions`;
      const { task } = holding;
      return `partition ${partition} of this worker is ${task.status}${task.end === null ? "" : `: ${reasonOf(task.end)}`}`;
    });
    return `after ${timeoutMs} ms these partitions do not know this deployment's functions yet: ${reasons.join("; ")}. The worker goes on; events are taken up there as soon as they do`;
  }
}

/** Whether `work` was done within so many milliseconds. */
async function inTime(clock: Clock, ms: number, work: Promise<void>): Promise<boolean> {
  let forget: () => void = () => {};
  const late = new Promise<false>((resolve) => (forget = clock.setTimer(ms, () => resolve(false))));
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    forget();
  }
}
