// A version of a consumer, as whoever steers it sees it: all its partitions are told something, and each tells how far it is.
import { randomId } from "../../core/ids.ts";
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { tellAndHear } from "../../task/tell-and-hear.ts";
import type { ConsumerTold, SourcePosition } from "../../workflow/records.ts";
import { sourceKey } from "../../workflow/source/source.ts";
import { SwapError } from "./swap-error.ts";

export type SteerAction = "ask" | "hold" | "retire" | "activate" | "build";

export interface VersionOptions {
  readonly log: Log;
  readonly topics: AppTopics;
  /** For people, e.g. `totals, version 2`. */
  readonly name: string;
  /** How long a partition may take to answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export class ConsumerVersion {
  readonly topics: AppTopics;
  readonly name: string;
  readonly partitions: number;
  readonly #options: VersionOptions;

  private constructor(options: VersionOptions, partitions: number) {
    this.#options = options;
    this.topics = options.topics;
    this.name = options.name;
    this.partitions = partitions;
  }

  /** @throws SwapError `SWAP_NO_VERSION`; LogError */
  static async open(options: VersionOptions): Promise<ConsumerVersion> {
    const found = await options.log.describeTopic(options.topics.journal);
    if (found !== null) return new ConsumerVersion(options, found.partitions);
    throw new SwapError(
      "SWAP_NO_VERSION",
      `there is no ${options.name}: ${options.log.description} has no topic ${options.topics.journal}`,
    );
  }

  /** What each partition then says, by partition. @throws SwapError `SWAP_NO_ANSWER`; LogError */
  async tell(action: SteerAction, positions: readonly SourcePosition[] = []): Promise<readonly ConsumerTold[]> {
    const { log, topics, timeoutMs, signal, name } = this.#options;
    return Promise.all(
      Array.from({ length: this.partitions }, async (_, partition) => {
        const nonce = randomId();
        const place = { log, topics, partitions: this.partitions, partition, timeoutMs, ...(signal === undefined ? {} : { signal }) };
        const answer = await tellAndHear(place, { type: "SteerConsumer", nonce, action, positions }, (record) =>
          record.type === "ConsumerTold" && record.nonce === nonce ? record : null,
        );
        if (answer !== null) return answer;
        throw new SwapError(
          "SWAP_NO_ANSWER",
          `partition ${partition} of ${name} did not answer within ${timeoutMs / 1_000} s: start its workers, and give the command again`,
        );
      }),
    );
  }
}

/** All that partitions say of their sources. */
export function positionsIn(told: readonly ConsumerTold[]): readonly SourcePosition[] {
  return told.flatMap(({ positions }) => positions);
}

export function limitsIn(told: readonly ConsumerTold[]): readonly SourcePosition[] {
  return told.flatMap(({ limits }) => limits);
}

/** So many records lie between the two. */
export function distance(from: readonly SourcePosition[], to: readonly SourcePosition[]): number {
  const at = new Map(from.map(({ topic, partition, offset }) => [sourceKey(topic, partition), offset]));
  return to.reduce((sum, { topic, partition, offset }) => sum + Math.max(offset - (at.get(sourceKey(topic, partition)) ?? 0), 0), 0);
}
