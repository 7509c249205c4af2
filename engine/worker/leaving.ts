// Tasks on their way out: each says in its journal that it goes, works on until its successor has caught up and knocks, lets running steps
// finish, and hands its partition over. So a partition stands still for moments, however long its successor restores.
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../observability/logger.ts";
import type { LogClock } from "../task/log-clock.ts";
import type { Task } from "../task/task.ts";
import { inTime } from "../core/in-time.ts";

/** How long is waited for what should take milliseconds. */
const ANNOUNCE_MS = 2_000;
const FLUSH_MS = 2_000;
/** An owner on its way out looks so often whether its successor has knocked. */
const LISTEN_MS = 40;
/** How far beyond what it may take the announced time lies. */
const MARGIN_MS = 1_000;
/** A partition that goes to a worker which is never ready is let go of in the end. */
const MAX_RESTORE_MS = 600_000;

export interface LeavingOptions {
  readonly clock: Clock;
  readonly logClock: LogClock;
  readonly logger: Logger;
  /** How long running steps may go on, and how long a process that ends waits for successors. */
  readonly handOverMs: number;
}

interface Goodbye {
  readonly task: Task;
  readonly gone: Promise<void>;
  /** Nobody will knock. */
  readonly callOff: () => void;
}

export class Leaving {
  readonly #options: LeavingOptions;
  readonly #goodbyes = new Map<number, Goodbye>();
  #forgetListening: (() => void) | null = null;

  constructor(options: LeavingOptions) {
    this.#options = options;
  }

  get tasks(): readonly Task[] {
    return [...this.#goodbyes.values()].map(({ task }) => task);
  }

  /** The partition went to another worker by the group's word. */
  handOver(task: Task): void {
    this.#goodbye(task, this.#announce(task));
  }

  /** The partition comes back to this worker. Resolves when no task of it is on its way out. */
  async recall(partition: number): Promise<void> {
    const goodbye = this.#goodbyes.get(partition);
    goodbye?.callOff();
    await goodbye?.gone;
  }

  /** The worker ends: says so for all its tasks, leaves the group, and resolves when every task has handed over. */
  async leaveAll(tasks: readonly Task[], leaveGroup: () => Promise<void>): Promise<void> {
    const { clock, handOverMs } = this.#options;
    const announced = tasks.map((task) => ({ task, until: this.#announce(task) }));
    const left = Promise.all(announced.map(({ until }) => until)).then(leaveGroup);
    for (const { task, until } of announced)
      this.#goodbye(
        task,
        left.then(() => until),
      );
    await left;
    const forget = clock.setTimer(handOverMs, () => this.nobodyFollows());
    await Promise.all([...this.#goodbyes.values()].map(({ gone }) => gone));
    forget();
  }

  /** Nobody will knock: no worker is left, or none is waited for any longer. */
  nobodyFollows(): void {
    for (const { callOff } of this.#goodbyes.values()) callOff();
  }

  #goodbye(task: Task, announced: Promise<number | null>): void {
    const { promise: calledOff, resolve: callOff } = Promise.withResolvers<void>();
    const gone = announced
      .then((until) => (until === null ? undefined : this.#serveOn(task, until, calledOff)))
      .then(() => this.#finish(task))
      .finally(() => {
        this.#goodbyes.delete(task.partition);
        if (this.#goodbyes.size === 0) this.#stopListening();
      });
    this.#goodbyes.set(task.partition, { task, gone, callOff });
    this.#listen();
  }

  /** Returns the time that was announced; null where the log does not answer. */
  async #announce(task: Task): Promise<number | null> {
    const { clock, logClock, handOverMs } = this.#options;
    const until = logClock.now() + handOverMs + MARGIN_MS;
    return (await inTime(clock, ANNOUNCE_MS, task.leave.announce(until))) ? until : null;
  }

  /** Until the successor knocks, nobody follows, or the time is up. What was announced is renewed before it ends. */
  async #serveOn(task: Task, announced: number, calledOff: Promise<void>): Promise<void> {
    const { clock, logClock, handOverMs } = this.#options;
    const end = clock.monotonicMs() + MAX_RESTORE_MS;
    const over = Promise.race([task.leave.knocked, calledOff]);
    let until: number | null = announced;
    while (!(await inTime(clock, (handOverMs + MARGIN_MS) / 2, over))) {
      if (clock.monotonicMs() >= end || (until = await this.#announce(task)) === null) return;
    }
    // Steps that still execute may use all of their time.
    if (task.executingSteps > 0 && until - logClock.now() < handOverMs) await this.#announce(task);
  }

  /** A log that does not answer is not waited for: the successor goes by the time that was announced, or by this worker's silence. */
  async #finish(task: Task): Promise<void> {
    const { handOverMs, clock, logger } = this.#options;
    if (await inTime(clock, handOverMs + FLUSH_MS, task.leave.finish(handOverMs))) return;
    logger.warn(
      { code: "STOPPED_ABRUPTLY", partition: task.partition },
      "the partition could not be handed over in time: the log does not answer. It goes on elsewhere, as after a crash",
    );
    task.abandon();
  }

  /** For all tasks at once, so that their questions share a request. */
  #listen(): void {
    this.#forgetListening ??= this.#options.clock.every(LISTEN_MS, () => {
      for (const { task } of this.#goodbyes.values()) task.leave.listen(LISTEN_MS / 2);
    });
  }

  #stopListening(): void {
    this.#forgetListening?.();
    this.#forgetListening = null;
  }
}
