// Deletes from the journal what is older than an app wants to keep, where nothing is built from it any more (R1, R11): only behind two images
// that were read back and found whole, and never what a run that waits to start, or a backfill, still needs.
import { MillraceError } from "../core/errors.ts";
import type { Clock } from "../core/clock.ts";
import { LogError } from "../log/errors.ts";
import type { Log, TopicPartition } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { isOver } from "../workflow/backfill/state.ts";
import type { PartitionState } from "../workflow/state.ts";
import type { TaskOptions } from "./task-options.ts";
import { checkImage } from "./image/load-image.ts";
import { refusalOf } from "./image/restore-with-image.ts";

export interface JournalTrimOptions {
  readonly log: Log;
  readonly journal: TopicPartition;
  readonly image: TopicPartition;
  readonly state: PartitionState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Acts as soon as it is proved that nobody else owns the partition; never where somebody does. */
  readonly whenProved: (act: () => void) => void;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  /** How long entries are kept, milliseconds; null: for ever. */
  readonly retentionMs: number | null;
  /** An image is read back as often as this, milliseconds, where there is something to delete. Default: an hour. */
  readonly lookMs?: number;
  /** Fewer entries are not worth reading an image back. Default: 1,000. */
  readonly minEntries?: number;
}

const LOOK_MS = 3_600_000;
const MIN_ENTRIES = 1_000;
/** A frame with the number n stands at offset n − 1 or behind it: claims and frames take an offset each. */
const LEAST_SHIFT = -1;

/** `own`: what the parts of a task share. */
export function journalTrimOf(own: Omit<JournalTrimOptions, "journal" | "image" | "retentionMs">, options: TaskOptions): JournalTrim {
  const { topics, partition, journalRetentionMs = null } = options;
  const at = (topic: string): TopicPartition => ({ topic, partition });
  return new JournalTrim({ ...own, journal: at(topics.journal), image: at(topics.state), retentionMs: journalRetentionMs });
}

export class JournalTrim {
  readonly #options: JournalTrimOptions;
  /** Where the image stood in the journal that was found whole last. */
  #proved: number | null = null;
  readonly #lookMs: number;
  #lookAt: number;
  #isLooking = false;
  #isRefused = false;

  constructor(options: JournalTrimOptions) {
    this.#options = options;
    this.#lookMs = options.lookMs ?? LOOK_MS;
    this.#lookAt = options.clock.monotonicMs() + this.#lookMs;
  }

  get isLooking(): boolean {
    return this.#isLooking;
  }

  /** Called twice a second while the partition is served. */
  tick(): void {
    const { clock, retentionMs } = this.#options;
    if (retentionMs === null || this.#isRefused || this.#isLooking || clock.monotonicMs() < this.#lookAt) return;
    this.#isLooking = true;
    void this.#look(retentionMs)
      .catch((error: unknown) => this.#notTrimmed(error))
      .finally(() => {
        this.#isLooking = false;
        this.#lookAt = clock.monotonicMs() + this.#lookMs;
      });
  }

  async #look(retentionMs: number): Promise<void> {
    const { log, journal, image: target, state, signal, clock, now, logger, minEntries = MIN_ENTRIES } = this.#options;
    const start = await log.earliestOffset(journal);
    // There is no way back: where a broker's clock was ahead for a moment, or this machine's is, nothing is older for that.
    const old = await log.offsetForTime(journal, Math.min(now(), clock.wallMs()) - retentionMs);
    if (old - start < minEntries) return;
    const trailer = await checkImage({ log, target, partitions: state.partitions, signal });
    // A successor takes it only where the journal has the frame that it is of.
    if (trailer === null || (await refusalOf(log, journal, trailer, signal)) !== null) return;
    const before = this.#proved;
    // An image is of a frame, so a second one that says the same is the same.
    if (before === null || trailer.offset > before) this.#proved = trailer.offset;
    if (before === null || trailer.offset <= before) return;
    // That took its time: another may own the partition by now, and need what this one knows nothing of.
    await this.#proof();
    const end = Math.min(old, before, this.#neededFrom());
    if (end - start < minEntries || signal.aborted) return;
    await log.trim(journal, end);
    const { topic, partition } = journal;
    logger.info(
      { topic, partition, from: start, to: end },
      `journal entries older than the app's \`retention\` were deleted: nothing before offset ${end} can be replayed, verified or looked at any more`,
    );
  }

  #proof(): Promise<void> {
    return new Promise((resolve) => this.#options.whenProved(resolve));
  }

  /** First offset of the journal that something which is under way may yet read. */
  #neededFrom(): number {
    const { state } = this.#options;
    // What entered a function before its backfill is known from the journal's beginning alone.
    for (const backfill of state.backfills.values()) if (!isOver(backfill)) return 0;
    return (state.flow.rows.leastLsn() ?? Number.POSITIVE_INFINITY) + LEAST_SHIFT;
  }

  /** Who may not, may not later either. Anything else may pass: it is tried again at the next look. */
  #notTrimmed(error: unknown): void {
    const { journal, logger, signal } = this.#options;
    if (signal.aborted) return;
    this.#isRefused = error instanceof LogError && error.code === "LOG_NOT_AUTHORIZED";
    const why = error instanceof MillraceError ? error.code : "";
    logger.warn(
      { err: error, code: "JOURNAL_NOT_TRIMMED", topic: journal.topic, partition: journal.partition },
      `old entries of a journal could not be deleted, so the topic keeps them (${why}). Allow this user DELETE on it, or take \`retention\` away`,
    );
  }
}
