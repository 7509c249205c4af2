// The child's side: a log that is read through the parent. Nothing is written by it.
import { InvariantError } from "../../engine/core/errors.ts";
import { LogError } from "../../engine/log/errors.ts";
import type {
  Appended,
  GroupMember,
  Log,
  Membership,
  PartitionReader,
  ReadBatch,
  ReaderOptions,
  TopicDescription,
  TopicPartition,
} from "../../engine/log/log.ts";
import type { FromParent, LogCall, LogFacts } from "./messages.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class BorrowedLog implements Log {
  readonly description: string;
  readonly maxBatchBytes: number;
  readonly settleMs: number;
  readonly #send: (ask: number, call: LogCall) => void;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #readers = 0;

  constructor({ description, maxBatchBytes, settleMs }: LogFacts, send: (ask: number, call: LogCall) => void) {
    this.description = description;
    this.maxBatchBytes = maxBatchBytes;
    this.settleMs = settleMs;
    this.#send = send;
  }

  hear(said: Exclude<FromParent, { readonly kind: "work" }>): void {
    const waiting = this.#waiting.get(said.ask);
    this.#waiting.delete(said.ask);
    if (said.kind === "answer") waiting?.resolve(said.value);
    else waiting?.reject(said.code === null ? new Error(said.message) : new LogError(said.code, said.message));
  }

  openReader(options: ReaderOptions): PartitionReader {
    const reader = this.#readers++;
    const opened = this.#ask({ call: "openReader", reader, options });
    opened.catch(() => {});
    return {
      next: async () => {
        await opened;
        return (await this.#ask({ call: "next", reader })) as ReadBatch;
      },
      close: () => void this.#ask({ call: "closeReader", reader }).catch(() => {}),
    };
  }

  async earliestOffset({ topic, partition }: TopicPartition): Promise<number> {
    return (await this.#ask({ call: "earliestOffset", topic, partition })) as number;
  }

  async latestOffset({ topic, partition }: TopicPartition): Promise<number> {
    return (await this.#ask({ call: "latestOffset", topic, partition })) as number;
  }

  async offsetForTime({ topic, partition }: TopicPartition, time: number): Promise<number> {
    return (await this.#ask({ call: "offsetForTime", topic, partition, time })) as number;
  }

  async describeTopic(topic: string): Promise<TopicDescription | null> {
    return (await this.#ask({ call: "describeTopic", topic })) as TopicDescription | null;
  }

  async listTopics(): Promise<readonly string[]> {
    return (await this.#ask({ call: "listTopics" })) as readonly string[];
  }

  append(): Promise<Appended> {
    return Promise.reject(notWritten());
  }

  trim(): Promise<void> {
    return Promise.reject(notWritten());
  }

  createTopics(): Promise<readonly string[]> {
    return Promise.reject(notWritten());
  }

  join(): Promise<Membership> {
    return Promise.reject(notWritten());
  }

  members(): Promise<readonly GroupMember[]> {
    return Promise.reject(notWritten());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #ask(call: LogCall): Promise<unknown> {
    const ask = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ask, { resolve, reject });
      this.#send(ask, call);
    });
  }
}

function notWritten(): InvariantError {
  return new InvariantError("a log that is borrowed is read, and not written");
}
