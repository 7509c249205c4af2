// What only the owners of a consumer's partitions can tell: asked by their inboxes, and not again for a minute, since
// each answer is a frame in each journal, and whoever may read can have it asked.
import { SwapError } from "../../engine/worker/swap/swap-error.ts";
import { ConsumerVersion } from "../../engine/worker/swap/version.ts";
import type { Clock } from "../../engine/core/clock.ts";
import type { Log } from "../../engine/log/log.ts";
import type { ConsumerTold } from "../../engine/workflow/records.ts";
import type { WatchedConsumer } from "./consumer-watch.ts";
import type { FoundConsumer } from "./consumer-versions.ts";

const FRESH_MS = 60_000;
/** Where somebody was silent: it may be there by now. */
const SILENT_MS = 10_000;
const PATIENCE_MS = 2_000;

/** What owners said, and when they were asked. */
export interface OwnersTold {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** By partition; null where not all owners answered in two seconds. */
  readonly told: readonly ConsumerTold[] | null;
}

interface Answer {
  /** Of the owners that were asked: others, or the same under other orders, may say something else. */
  readonly of: string;
  /** Monotonic: until when nobody asks again. */
  freshUntil: number;
  readonly told: Promise<OwnersTold>;
}

export class OwnersAnswers {
  readonly #log: Log;
  readonly #clock: Pick<Clock, "wallMs" | "monotonicMs">;
  readonly #answers = new Map<string, Answer>();

  constructor(log: Log, clock: Pick<Clock, "wallMs" | "monotonicMs">) {
    this.#log = log;
    this.#clock = clock;
  }

  /** @throws LogError */
  ask(consumer: WatchedConsumer): Promise<OwnersTold> {
    const { journal } = consumer.topics;
    const of = JSON.stringify(consumer.standing.map(({ epoch, manifest, steered }) => [epoch, manifest, steered]));
    const now = this.#clock.monotonicMs();
    const known = this.#answers.get(journal);
    if (known?.of === of && now < known.freshUntil) return known.told;
    const told = this.#ask(consumer);
    const answer: Answer = { of, freshUntil: now + FRESH_MS, told };
    this.#answers.set(journal, answer);
    told.then(
      ({ told: said }) => {
        if (said === null) answer.freshUntil = now + SILENT_MS;
      },
      () => this.#answers.delete(journal),
    );
    return told;
  }

  /** What was told counts no more: people told it something. */
  forget({ topics }: FoundConsumer): void {
    this.#answers.delete(topics.journal);
  }

  async #ask({ spec, topics }: FoundConsumer): Promise<OwnersTold> {
    const at = this.#clock.wallMs();
    const name = `consumer ${spec.id}, version ${spec.version}`;
    try {
      const version = await ConsumerVersion.open({ log: this.#log, topics, name, timeoutMs: PATIENCE_MS });
      return { at, told: await version.ask() };
    } catch (error) {
      if (error instanceof SwapError) return { at, told: null };
      throw error;
    }
  }
}
