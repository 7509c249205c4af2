// Which workers of an app, or of a version of a consumer, run now: members of its group, by the word of the log, some seconds old. Nobody waits
// long for it: what it is for is shown also while the log is silent.
import { systemClock } from "../../engine/core/clock.ts";
import { inTime } from "../../engine/core/in-time.ts";
import type { Log } from "../../engine/log/log.ts";
import { groupOf, type AppTopics } from "../../engine/task/app-topics.ts";
import { decodeFacts } from "../../engine/worker/member-facts.ts";

export interface LiveWorker {
  readonly name: string;
  /** Codes of alerts that it tells somebody by itself. */
  readonly tells: readonly string[];
}

export interface LiveWorkersOptions {
  readonly log: Pick<Log, "members">;
  readonly topics: AppTopics;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** So long nobody asks again. */
const FRESH_MS = 3_000;
/** Whoever asks waits only so long: a group whose members change says nothing of them, and a silent log nothing at all. */
const PATIENCE_MS = 1_000;
/** What is older says nothing any more. */
const STALE_MS = 15_000;

export class LiveWorkers {
  readonly #log: Pick<Log, "members">;
  readonly #group: string;
  readonly #now: () => number;
  #known: readonly LiveWorker[] | null = null;
  #knownAt = -Infinity;
  #askedAt = -Infinity;
  #asking: Promise<void> | null = null;

  constructor({ log, topics, now = () => performance.now() }: LiveWorkersOptions) {
    this.#log = log;
    this.#group = groupOf(topics);
    this.#now = now;
  }

  /** Their names; null where the log does not say. Never rejects. */
  async look(): Promise<readonly string[] | null> {
    return (await this.lookAt())?.map(({ name }) => name) ?? null;
  }

  /** As `look`, with what they say of themselves. */
  async lookAt(): Promise<readonly LiveWorker[] | null> {
    if (this.#now() - this.#askedAt >= FRESH_MS && this.#asking === null) {
      this.#askedAt = this.#now();
      this.#asking = this.#ask().finally(() => (this.#asking = null));
    }
    if (this.#asking !== null) await inTime(systemClock, this.#askedAt + PATIENCE_MS - this.#now(), this.#asking);
    return this.#now() - this.#knownAt < STALE_MS ? this.#known : null;
  }

  async #ask(): Promise<void> {
    try {
      const members = await this.#log.members(this.#group);
      this.#known = members.map(({ memberId, metadata }) => {
        const { worker, tells } = decodeFacts(metadata);
        return { name: worker ?? memberId, tells };
      });
      this.#knownAt = this.#now();
    } catch {
      // A log that refuses to tell, or is closed: what was known grows stale.
    }
  }
}
