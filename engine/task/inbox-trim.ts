// Deletes from the inbox what is decided, now and then (R16): nothing is built from it, the journal has what came of it.
import type { Clock } from "../core/clock.ts";
import { LogError } from "../log/errors.ts";
import type { Log, TopicPartition } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { SealedFrame } from "./frame-queue.ts";

export interface InboxTrimOptions {
  readonly log: Pick<Log, "trim">;
  readonly inbox: TopicPartition;
  readonly clock: Clock;
  readonly logger: Logger;
}

const TRIM_MS = 60_000;
/** Fewer records are not worth a request. */
const MIN_RECORDS = 10_000;

export class InboxTrim {
  readonly #options: InboxTrimOptions;
  /** The last record that is decided, in a frame that is acknowledged. It stays: by it a topic that was made anew is known (R11). */
  #last = 0;
  #trimmed = 0;
  #lookAt: number;
  #isRefused = false;

  constructor(options: InboxTrimOptions) {
    this.#options = options;
    this.#lookAt = options.clock.monotonicMs() + TRIM_MS;
  }

  acknowledged(frame: Pick<SealedFrame, "inputs">): void {
    for (const input of frame.inputs) if (input.topic === this.#options.inbox.topic) this.#last = input.last;
  }

  /** Called twice a second. */
  tick(): void {
    const { log, inbox, clock } = this.#options;
    if (this.#isRefused || clock.monotonicMs() < this.#lookAt) return;
    this.#lookAt = clock.monotonicMs() + TRIM_MS;
    const last = this.#last;
    if (last - this.#trimmed < MIN_RECORDS) return;
    log.trim(inbox, last).then(
      () => void (this.#trimmed = last),
      (error: unknown) => this.#notTrimmed(error),
    );
  }

  /** Who may not, may not later either. Anything else may pass: it is tried again at the next look. */
  #notTrimmed(error: unknown): void {
    if (!(error instanceof LogError && error.code === "LOG_NOT_AUTHORIZED")) return;
    const { inbox, logger } = this.#options;
    this.#isRefused = true;
    logger.warn(
      { err: error, code: "INBOX_NOT_TRIMMED", topic: inbox.topic, partition: inbox.partition },
      "records of an inbox that are done with cannot be deleted, so the topic grows. Allow this user DELETE on it, or delete them yourself now and then",
    );
  }
}
