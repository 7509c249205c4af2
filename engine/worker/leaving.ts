// Tasks on their way out: each says so in its journal, lets running steps finish, and hands its partition over.
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../observability/logger.ts";
import type { LogClock } from "../task/log-clock.ts";
import type { Task } from "../task/task.ts";
import { inTime } from "./in-time.ts";

/** How long is waited for what should take milliseconds. */
const ANNOUNCE_MS = 2_000;
const FLUSH_MS = 2_000;

export interface LeavingOptions {
  readonly clock: Clock;
  readonly logClock: LogClock;
  readonly logger: Logger;
  /** How long running steps may go on. */
  readonly handOverMs: number;
}

export class Leaving {
  readonly #options: LeavingOptions;
  readonly #leaving = new Map<number, { readonly task: Task; readonly gone: Promise<void> }>();

  constructor(options: LeavingOptions) {
    this.#options = options;
  }

  get tasks(): readonly Task[] {
    return [...this.#leaving.values()].map(({ task }) => task);
  }

  /** The partition went to another worker by the group's word. */
  handOver(task: Task): void {
    const gone = this.announce(task)
      .then(() => this.finish(task))
      .finally(() => this.#leaving.delete(task.partition));
    this.#leaving.set(task.partition, { task, gone });
  }

  /** Resolves when no task of this partition is on its way out. */
  async gone(partition: number): Promise<void> {
    await this.#leaving.get(partition)?.gone;
  }

  async allGone(): Promise<void> {
    await Promise.all([...this.#leaving.values()].map(({ gone }) => gone));
  }

  /** Says that the partition goes, so that its successor waits. */
  async announce(task: Task): Promise<void> {
    const { clock, logClock, handOverMs } = this.#options;
    await inTime(clock, ANNOUNCE_MS, task.announceRelease(logClock.now() + handOverMs + 1_000));
  }

  /** A log that does not answer is not waited for: the successor goes by the time that was announced, or by this worker's silence. */
  async finish(task: Task): Promise<void> {
    const { handOverMs, clock, logger } = this.#options;
    if (await inTime(clock, handOverMs + FLUSH_MS, task.finishRelease(handOverMs))) return;
    logger.warn(
      { code: "STOPPED_ABRUPTLY", partition: task.partition },
      "the partition could not be handed over in time: the log does not answer. It goes on elsewhere, as after a crash",
    );
    task.abandon();
  }
}
