// Where partitions start and end. Every task asks for its tail twice a second, so questions of one turn of the event loop
// share one request per broker.
import { setImmediate as nextTurn } from "node:timers/promises";
import { LogError } from "../errors.ts";
import type { TopicPartition } from "../log.ts";
import { backoffMs, pause } from "./backoff.ts";
import { keyOf, type Cluster, type Leader } from "./cluster.ts";
import type { Connections } from "./connections.ts";
import { fromKafkajs } from "./errors.ts";
import { addressOf, type Link } from "./link.ts";
import { deleteRecordsRequest } from "./protocol/delete-records.ts";
import { ERROR, errorOfCode } from "./protocol/error-codes.ts";
import { EARLIEST, LATEST, listOffsetsRequest } from "./protocol/list-offsets.ts";

const REQUEST_TIMEOUT_MS = 2_500;
const TRIM_TIMEOUT_MS = 10_000;

export class Offsets {
  readonly #cluster: Cluster;
  readonly #connections: Connections;
  readonly #closing: AbortSignal;
  readonly #askers = new Map<string, Asker>();

  constructor(cluster: Cluster, connections: Connections, closing: AbortSignal) {
    this.#cluster = cluster;
    this.#connections = connections;
    this.#closing = closing;
  }

  earliestOffset(target: TopicPartition): Promise<number> {
    return this.#ask(target, EARLIEST);
  }

  latestOffset(target: TopicPartition): Promise<number> {
    return this.#ask(target, LATEST);
  }

  async offsetForTime(target: TopicPartition, time: number): Promise<number> {
    const found = await this.#ask(target, Math.max(0, Math.ceil(time))); // below zero, Kafka has other meanings
    return found < 0 ? this.latestOffset(target) : found;
  }

  async trim(target: TopicPartition, offset: number): Promise<void> {
    await this.#withLeader(target, async (leader) => {
      const link = this.#connections.link("admin", leader);
      const { errorCode } = await link.request(deleteRecordsRequest(target, offset, TRIM_TIMEOUT_MS), TRIM_TIMEOUT_MS + REQUEST_TIMEOUT_MS);
      if (errorCode === ERROR.none) return;
      throw errorOfCode(errorCode, `to delete records of ${keyOf(target)} below ${offset}`);
    });
  }

  #ask(target: TopicPartition, time: number): Promise<number> {
    return this.#withLeader(target, (leader) => this.#askerAt(leader).ask(target, time, leader.epoch));
  }

  #askerAt(leader: Leader): Asker {
    const key = addressOf(leader);
    let asker = this.#askers.get(key);
    if (asker === undefined) {
      asker = new Asker(this.#connections.link("admin", leader));
      this.#askers.set(key, asker);
    }
    return asker;
  }

  /** Tries at the present leader until it answers. */
  async #withLeader<T>(target: TopicPartition, attempt: (leader: Leader) => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      const leader = await this.#cluster.locate(target);
      try {
        return await attempt(leader);
      } catch (cause) {
        const error = fromKafkajs(cause, addressOf(leader));
        if (!error.retriable || this.#closing.aborted) throw error;
        if (error.code === "LOG_UNAVAILABLE") this.#cluster.distrust(addressOf(leader));
        this.#cluster.forget(target);
        await pause(backoffMs(failures), this.#closing);
      }
    }
  }
}

interface Question extends TopicPartition {
  readonly time: number;
  readonly leaderEpoch: number;
  readonly answer: PromiseWithResolvers<number>;
}

/** One ListOffsets at a time to one broker; what is asked meanwhile goes together in the next. */
class Asker {
  readonly #link: Link;
  readonly #questions = new Map<string, Question>();
  #isRunning = false;

  constructor(link: Link) {
    this.#link = link;
  }

  ask(target: TopicPartition, time: number, leaderEpoch: number): Promise<number> {
    const key = `${keyOf(target)}@${time}`;
    let question = this.#questions.get(key);
    if (question === undefined) {
      question = { ...target, time, leaderEpoch, answer: Promise.withResolvers<number>() };
      this.#questions.set(key, question);
      if (!this.#isRunning) void this.#run();
    }
    return question.answer.promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#questions.size > 0) {
      await nextTurn();
      await this.#send(this.#pick());
    }
    this.#isRunning = false;
  }

  /** A request may name a partition once only. */
  #pick(): Map<string, Question> {
    const picked = new Map<string, Question>();
    for (const [key, question] of this.#questions) {
      if (picked.has(keyOf(question))) continue;
      picked.set(keyOf(question), question);
      this.#questions.delete(key);
    }
    return picked;
  }

  async #send(questions: Map<string, Question>): Promise<void> {
    try {
      const { partitions } = await this.#link.request(listOffsetsRequest([...questions.values()]), REQUEST_TIMEOUT_MS);
      for (const partition of partitions) {
        const question = questions.get(keyOf(partition));
        if (partition.errorCode === ERROR.none) question?.answer.resolve(partition.offset);
        else question?.answer.reject(errorOfCode(partition.errorCode, `to tell offsets of ${keyOf(partition)}`));
      }
      const missing = new LogError("LOG_UNAVAILABLE", `${this.#link.address} left out a partition.`, { retriable: true });
      for (const { answer } of questions.values()) answer.reject(missing); // no effect on those answered
    } catch (error) {
      for (const { answer } of questions.values()) answer.reject(error);
    }
  }
}
