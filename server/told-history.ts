// The server's history as what feeds it has it: what has changed is told once it can be asked for. Other servers may store into the same file, and this
// one goes on behind what they stored, without having seen it: then that much is told.
import { HistoryError } from "../consumers/run-history/history-error.ts";
import type { RunHistory } from "../consumers/run-history/run-history-sink.ts";
import type { Logger } from "../engine/observability/logger.ts";
import type { Sink, SinkBatch, SinkPosition, SinkWritten } from "../engine/worker/sink/sink.ts";
import type { JournalChanges } from "./journal-changes.ts";

export class ToldHistory implements Sink {
  readonly description: string;
  readonly #history: RunHistory;
  readonly #changes: JournalChanges;
  readonly #logger: Logger;
  /** Of each partition: up to where changes were told. Null before anybody asked. */
  #told: Map<number, number> | null = null;
  #isGone = false;

  constructor(history: RunHistory, changes: JournalChanges, logger: Logger) {
    this.description = history.description;
    this.#history = history;
    this.#changes = changes;
    this.#logger = logger;
  }

  /** Asked for wherever somebody goes on from what is stored: when it begins, when others were faster, and after trouble. */
  positions(): ReadonlyMap<number, SinkPosition> {
    const positions = this.#history.positions();
    const now = new Map([...positions].map(([partition, { next }]) => [partition, next]));
    const told = this.#told;
    if (told !== null && [...now].some(([partition, next]) => next > (told.get(partition) ?? 0))) this.#changes.missed();
    this.#told = now;
    return positions;
  }

  write(batch: SinkBatch): SinkWritten {
    try {
      const written = this.#history.write(batch);
      if (written === "stored") {
        this.#changes.seen(batch.records);
        this.#told?.set(batch.partition, batch.next);
      }
      this.#isGone = false;
      return written;
    } catch (error) {
      if (error instanceof HistoryError && error.code === "HISTORY_FILE_GONE") this.#tellGone(error);
      throw error;
    }
  }

  /** Once: each partition comes upon it, again and again. */
  #tellGone({ code, message }: HistoryError): void {
    if (!this.#isGone) this.#logger.error({ code, reason: message }, "the file of the run history is gone: nothing newer is stored");
    this.#isGone = true;
  }
}
