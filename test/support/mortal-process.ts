// A process that can die: its log does not answer any more, no timer of its fires, and the group throws it out. What it had asked for may
// still be done, as by a broker.
import type { Clock } from "../../engine/core/clock.ts";
import type {
  Appended,
  GroupMember,
  JoinOptions,
  Log,
  LogRecord,
  Membership,
  PartitionReader,
  ReaderOptions,
  TopicDescription,
  TopicPartition,
  TopicSpec,
} from "../../engine/log/log.ts";

export class MortalProcess {
  readonly log: Log;
  readonly clock: Clock;
  #isDead = false;
  #members: Membership[] = [];
  #readers: PartitionReader[] = [];

  constructor(log: Log, clock: Clock) {
    this.log = this.#mortalLog(log);
    this.clock = {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs(),
      setTimer: (delayMs, callback) => clock.setTimer(delayMs, () => void (this.#isDead || callback())),
      every: (periodMs, callback) => {
        const forget = clock.every(periodMs, () => (this.#isDead ? forget() : callback()));
        return forget;
      },
    };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Never returns to whoever is part of the process: await it. */
  async die(): Promise<never> {
    if (!this.#isDead) {
      this.#isDead = true;
      for (const reader of this.#readers) reader.close();
      for (const member of this.#members) void member.leave();
    }
    return new Promise<never>(() => {});
  }

  /** Time passes for its code. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimer(ms, resolve));
  }

  /** Whoever is dead hears of no answer. */
  async #heard<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#isDead) return new Promise<never>(() => {});
    try {
      return await ask();
    } finally {
      if (this.#isDead) await new Promise<never>(() => {});
    }
  }

  #mortalLog(log: Log): Log {
    return {
      description: log.description,
      maxBatchBytes: log.maxBatchBytes,
      settleMs: log.settleMs,
      append: (target: TopicPartition, records: readonly LogRecord[], options?: { readonly signal?: AbortSignal }): Promise<Appended> =>
        this.#heard(() => log.append(target, records, options)),
      openReader: (options: ReaderOptions) => this.#mortalReader(log.openReader(options)),
      earliestOffset: (target) => this.#heard(() => log.earliestOffset(target)),
      latestOffset: (target) => this.#heard(() => log.latestOffset(target)),
      offsetForTime: (target, time) => this.#heard(() => log.offsetForTime(target, time)),
      trim: (target, offset) => this.#heard(() => log.trim(target, offset)),
      createTopics: (topics: readonly TopicSpec[]) => this.#heard(() => log.createTopics(topics)),
      describeTopic: (topic: string): Promise<TopicDescription | null> => this.#heard(() => log.describeTopic(topic)),
      listTopics: (): Promise<readonly string[]> => this.#heard(() => log.listTopics()),
      join: (options) => this.#heard(() => this.#join(log, options)),
      members: (group): Promise<readonly GroupMember[]> => this.#heard(() => log.members(group)),
      close: () => Promise.resolve(),
    };
  }

  async #join(log: Log, options: JoinOptions): Promise<Membership> {
    const member = await log.join({
      ...options,
      onAssignment: (partitions) => {
        if (!this.#isDead) options.onAssignment(partitions);
      },
    });
    this.#members.push(member);
    if (this.#isDead) void member.leave();
    return member;
  }

  #mortalReader(reader: PartitionReader): PartitionReader {
    this.#readers.push(reader);
    return { next: () => this.#heard(() => reader.next()), close: () => reader.close() };
  }
}
