// Which of an app's servers tells of what all of them see: the one that its group gives the only partition of a topic. Nobody reads it there. A group
// is no lock (R8): for a moment there may be two, or none.
import { inTime } from "../../engine/core/in-time.ts";
import type { Clock } from "../../engine/core/clock.ts";
import { LogError } from "../../engine/log/errors.ts";
import type { Log, Membership } from "../../engine/log/log.ts";
import type { Logger } from "../../engine/observability/logger.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import { serversGroup } from "../../engine/worker/servers-group.ts";

export interface AlertDutyOptions {
  readonly log: Pick<Log, "join">;
  readonly topics: AppTopics;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LEAVE_MS = 2_000;

export class AlertDuty {
  readonly #clock: Clock;
  readonly #joining: Promise<Membership | null>;
  #isMine: boolean | null = null;
  #isLeft = false;

  constructor(options: AlertDutyOptions) {
    this.#clock = options.clock;
    this.#joining = this.#join(options);
  }

  /** Null: the group has not said so yet. */
  get isMine(): boolean | null {
    return this.#isLeft ? false : this.#isMine;
  }

  /** Another takes it over at once. Idempotent. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    const left = this.#joining.then((membership) => membership?.leave());
    await inTime(this.#clock, LEAVE_MS, left);
  }

  async #join({ log, topics, logger }: AlertDutyOptions): Promise<Membership | null> {
    const group = serversGroup(topics);
    try {
      return await log.join({
        group,
        topic: topics.functions,
        metadata: Buffer.alloc(0),
        // A share changes by this alone: who was lost and joins again is told nothing where it is the same.
        onAssignment: (partitions) => void (this.#isMine = partitions.length > 0),
      });
    } catch (error) {
      if (error instanceof LogError && (error.code === "LOG_CLOSED" || error.code === "LOG_ABORTED")) return null;
      // Told twice is better than not at all.
      this.#isMine = true;
      const reason = error instanceof Error ? error.message : String(error);
      const code = error instanceof LogError ? { code: error.code } : {};
      logger.warn(
        { ...code, group, reason },
        "this server cannot join the group in which an app's servers agree who tells alerts: it tells them whoever else does",
      );
      return null;
    }
  }
}
