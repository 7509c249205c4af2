// What only the owners of a consumer's partitions can tell: asked by their inboxes, and not again for ten seconds, since each answer is a frame.
import { SwapError } from "../../engine/worker/swap/swap-error.ts";
import { ConsumerVersion } from "../../engine/worker/swap/version.ts";
import type { Log } from "../../engine/log/log.ts";
import type { ConsumerTold } from "../../engine/workflow/records.ts";
import type { FoundConsumer } from "./consumer-versions.ts";

const FRESH_MS = 10_000;
const PATIENCE_MS = 2_000;

interface Answer {
  readonly at: number;
  readonly told: Promise<readonly ConsumerTold[] | null>;
}

export class OwnersAnswers {
  readonly #log: Log;
  readonly #answers = new Map<string, Answer>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** By partition; null where not all owners answer in two seconds. @throws LogError */
  ask(consumer: FoundConsumer): Promise<readonly ConsumerTold[] | null> {
    const { journal } = consumer.topics;
    const known = this.#answers.get(journal);
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.told;
    const told = this.#ask(consumer);
    this.#answers.set(journal, { at: performance.now(), told });
    told.catch(() => this.#answers.delete(journal));
    return told;
  }

  /** What was told counts no more: people told it something. */
  forget({ topics }: FoundConsumer): void {
    this.#answers.delete(topics.journal);
  }

  async #ask({ spec, topics }: FoundConsumer): Promise<readonly ConsumerTold[] | null> {
    const name = `consumer ${spec.id}, version ${spec.version}`;
    try {
      const version = await ConsumerVersion.open({ log: this.#log, topics, name, timeoutMs: PATIENCE_MS });
      return await version.ask();
    } catch (error) {
      if (error instanceof SwapError) return null;
      throw error;
    }
  }
}
