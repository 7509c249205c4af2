// The partitions that are assigned to this worker: each is owned by a task, or visibly stopped with a reason (R9).
import { backoffMs } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { MillraceError, unreachable } from "../core/errors.ts";
import { JournalError } from "../journal/errors.ts";
import type { BackfillState } from "../workflow/backfill/state.ts";
import type { Logger } from "../observability/logger.ts";
import type { Backlog } from "../task/queueing.ts";
import type { RestoreProgress } from "../task/restore.ts";
import { reasonOf, type TaskEnd, type TaskStatus } from "../task/status.ts";
import type { Task } from "../task/task.ts";
import type { SeenManifest, Shape } from "../task/task-options.ts";

const REOPEN_BACKOFF = { baseMs: 500, maxMs: 30_000 };

export interface HoldingsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly makeTask: (partition: number, onEnd: (end: TaskEnd) => void) => Task;
  /** The manifest that a new task begins with. */
  readonly manifest: () => SeenManifest | null;
  /** What runs of some partition wait for: a new task is told of it as of the manifest. */
  readonly shapes: () => Iterable<Shape>;
  /** Resolves when this worker may claim again what another claimed; rejects when it is not to. */
  readonly mayReclaim: (partition: number) => Promise<void>;
  /** How far a partition is with restoring; null where that is not known. */
  readonly restored: (partition: number) => RestoreProgress | null;
  /** A task ended otherwise than by a hand-over; its line is in the log. */
  readonly onLost?: (partition: number, end: TaskEnd) => void;
}

export interface PartitionReport extends Backlog {
  readonly partition: number;
  readonly status: TaskStatus;
  /** Why it is over, or why a source of it stopped. */
  readonly problems: readonly string[];
  readonly openRuns: number;
  readonly executingSteps: number;
  /** While it restores: first entry of its journal that is not folded, and its end. */
  readonly restoring: { readonly offset: number; readonly end: number } | null;
  /** Backfills that are under way here, and the last that are over. */
  readonly backfills: readonly BackfillState[];
}

/** One partition while it is assigned to this worker, through as many tasks as that takes. */
interface Holding {
  readonly task: Task;
  readonly failures: number;
}

export class Holdings {
  readonly #options: HoldingsOptions;
  readonly #held = new Map<number, Holding>();
  #isClosing = false;

  constructor(options: HoldingsOptions) {
    this.#options = options;
  }

  get tasks(): readonly Task[] {
    return [...this.#held.values()].map(({ task }) => task);
  }

  has(partition: number): boolean {
    return this.#held.has(partition);
  }

  /** Opens a task for a partition that has none, once the one before is gone. */
  open(partition: number, gone: Promise<void>): void {
    this.#open(partition, 0, gone);
  }

  /** The partition went to another worker: its task is the caller's now. */
  release(partition: number): Task | null {
    const task = this.#held.get(partition)?.task ?? null;
    this.#held.delete(partition);
    return task;
  }

  /** From here on nothing is opened again. */
  close(): void {
    this.#isClosing = true;
  }

  clear(): void {
    this.#held.clear();
  }

  manifestSeen(manifest: SeenManifest): void {
    for (const { task } of this.#held.values()) task.manifestSeen(manifest);
  }

  shapesSeen(): void {
    for (const { task } of this.#held.values()) task.shapesSeen(this.#options.shapes());
  }

  report(): readonly PartitionReport[] {
    return this.tasks
      .map((task) => ({
        partition: task.partition,
        status: task.status,
        problems: task.problems(),
        openRuns: task.openRuns,
        executingSteps: task.executingSteps,
        restoring: task.status === "RESTORING" ? this.#options.restored(task.partition) : null,
        backfills: task.backfills,
        ...task.backlog,
      }))
      .toSorted((a, b) => a.partition - b.partition);
  }

  /** Why a partition has not taken up what it should have, for people. */
  whyLate(partition: number): string {
    const holding = this.#held.get(partition);
    if (holding === undefined) return `partition ${partition} is assigned to another worker, which has not taken up the new functions`;
    const { task } = holding;
    return `partition ${partition} of this worker is ${task.status}${task.end === null ? "" : `: ${reasonOf(task.end)}`}`;
  }

  #open(partition: number, failures: number, ready: Promise<void>): void {
    const { makeTask, manifest } = this.#options;
    const task: Task = makeTask(partition, (end) => this.#ended(task, end));
    this.#held.set(partition, { task, failures });
    const known = manifest();
    if (known !== null) task.manifestSeen(known);
    void ready
      .then(() => (this.#held.get(partition)?.task === task ? task.open() : undefined))
      .then(() => task.shapesSeen(this.#options.shapes()));
  }

  #ended(task: Task, end: TaskEnd): void {
    const { logger, clock, mayReclaim, onLost } = this.#options;
    const { partition } = task;
    if (end.kind !== "released") onLost?.(partition, end);
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
    const holding = this.#held.get(partition);
    if (holding?.task !== task || this.#isClosing) return;
    const failures = end.kind === "stopped" ? holding.failures + 1 : 0;
    const wait = new Promise<void>((resolve) => {
      if (failures > 0) clock.setTimer(backoffMs(failures - 1, Math.random(), REOPEN_BACKOFF), resolve);
      else mayReclaim(partition).then(resolve, () => {});
    });
    this.#open(partition, failures, wait);
  }
}
