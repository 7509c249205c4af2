// A version of a consumer, as whoever steers it sees it: all its partitions are told something, and each tells how far it is.
import type { Clock } from "../../core/clock.ts";
import { randomId } from "../../core/ids.ts";
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { tellAndHear } from "../../task/tell-and-hear.ts";
import type { SteerAction } from "../../workflow/consumer/steer.ts";
import type { ConsumerTold, SourcePosition } from "../../workflow/records.ts";
import { sourceKey } from "../../workflow/source/source.ts";
import { SwapError } from "./swap-error.ts";

export interface VersionOptions {
  readonly log: Log;
  readonly topics: AppTopics;
  /** For people, e.g. `consumer totals, version 2`. */
  readonly name: string;
  /** How long a partition may take to answer. */
  readonly timeoutMs: number;
  readonly clock?: Pick<Clock, "setTimer">;
  readonly signal?: AbortSignal;
}

/** What is told, and by whose command. */
export interface Steering {
  readonly action: Exclude<SteerAction, "ask">;
  readonly attempt: string;
  readonly positions?: readonly SourcePosition[];
}

interface Answer {
  readonly told: ConsumerTold;
  /** Of the owner that said so. */
  readonly epoch: number;
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
      `there is no ${options.name}: ${options.log.description} has no topic ${options.topics.journal}. Start it, or correct the number`,
    );
  }

  /** How far each partition is, by partition. @throws SwapError `SWAP_NO_ANSWER`; LogError */
  ask(): Promise<readonly ConsumerTold[]> {
    return this.#tellAll({ action: "ask", attempt: "", positions: [] });
  }

  /** What each partition then says, by partition. @throws SwapError `SWAP_NO_ANSWER`; LogError */
  steer({ action, attempt, positions = [] }: Steering): Promise<readonly ConsumerTold[]> {
    return this.#tellAll({ action, attempt, positions });
  }

  #tellAll(said: Said): Promise<readonly ConsumerTold[]> {
    return Promise.all(Array.from({ length: this.partitions }, (_, partition) => this.#tell(partition, said)));
  }

  /**
   * An owner that was replaced may have answered before it heard of that, in a frame that does not count. It has only one frame on its way, and
   * goes when it learns what became of it: so an answer counts once the same owner has answered something that was asked after it (R4, R6).
   */
  async #tell(partition: number, said: Said): Promise<ConsumerTold> {
    let answer = await this.#hear(partition, said);
    for (;;) {
      const again = await this.#hear(partition, { action: "ask", attempt: "", positions: [] });
      if (again.epoch === answer.epoch) return answer.told;
      // The inbox has an order: who answers this has decided what was told before.
      answer = again;
    }
  }

  async #hear(partition: number, said: Said): Promise<Answer> {
    const { timeoutMs, name } = this.#options;
    const nonce = randomId();
    const place = { ...this.#options, partitions: this.partitions, partition };
    const answer = await tellAndHear(place, { type: "SteerConsumer", nonce, ...said }, (record, epoch) =>
      record.type === "ConsumerTold" && record.nonce === nonce ? { told: record, epoch } : null,
    );
    if (answer !== null) return answer;
    throw new SwapError(
      "SWAP_NO_ANSWER",
      `partition ${partition} of ${name} did not answer within ${timeoutMs / 1_000} s: nobody runs it, or it has so much to handle that it takes nothing in. Start its workers, or wait for its handlers, and give the command again`,
    );
  }
}

interface Said {
  readonly action: SteerAction;
  readonly attempt: string;
  readonly positions: readonly SourcePosition[];
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
