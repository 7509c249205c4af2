// How far partitions are with restoring, for people: a line in the log now and then, and what the report says.
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../observability/logger.ts";
import type { RestoreProgress } from "../task/restore.ts";

const TELL_MS = 2_000;

interface Heard {
  readonly progress: RestoreProgress;
  readonly tellAt: number;
}

export class Restores {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #logger: Logger;
  readonly #heard = new Map<number, Heard>();

  constructor({ clock, logger }: { readonly clock: Pick<Clock, "monotonicMs">; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** A new task begins. */
  begin(partition: number): void {
    this.#heard.delete(partition);
  }

  hear(partition: number, progress: RestoreProgress): void {
    const now = this.#clock.monotonicMs();
    const tellAt = this.#heard.get(partition)?.tellAt ?? now + TELL_MS;
    this.#heard.set(partition, { progress, tellAt: now < tellAt ? tellAt : now + TELL_MS });
    if (now >= tellAt) this.#logger.info({ partition, ...progress }, "restoring from the journal");
  }

  /** Null before the log's first answer. */
  of(partition: number): RestoreProgress | null {
    return this.#heard.get(partition)?.progress ?? null;
  }
}
