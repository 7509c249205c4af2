// Which broker leads which partition. Learned from any broker that answers; a broker that does not is asked last for a while.
import { must } from "../../core/errors.ts";
import { LogError } from "../errors.ts";
import type { TopicPartition } from "../log.ts";
import { backoffMs, pause } from "./backoff.ts";
import type { Connections } from "./connections.ts";
import { addressOf, type Endpoint } from "./link.ts";
import type { NoticeBoard } from "./notices.ts";
import { ERROR, errorOfCode } from "./protocol/error-codes.ts";
import { metadataRequest, type MetadataAnswer, type PartitionMetadata, type TopicMetadata } from "./protocol/metadata.ts";

export interface Leader extends Endpoint {
  readonly nodeId: number;
  readonly epoch: number;
}

interface KnownPartition {
  /** Null while it has none, or the one known turned out wrong. */
  leader: Leader | null;
  epoch: number;
  /** Answers in a row that knew an older epoch: brokers lag, but a topic made anew starts over. */
  olderAnswers: number;
}

const METADATA_TIMEOUT_MS = 2_500;
const DISTRUST_MS = 10_000;
const OLDER_ANSWERS_BELIEVED_AFTER = 5;
// A topic just created is not known to every broker at once; one that was there and is gone gets a longer look.
const UNKNOWN_AFTER_MS = 2_000;
const VANISHED_AFTER_MS = 10_000;

export class Cluster {
  readonly #seeds: readonly Endpoint[];
  readonly #connections: Connections;
  readonly #notices: NoticeBoard;
  readonly #closing: AbortSignal;
  readonly #topics = new Set<string>();
  readonly #partitions = new Map<string, KnownPartition>();
  readonly #distrustedUntil = new Map<string, number>();
  #brokers: ReadonlyMap<number, Endpoint> = new Map();
  #controllerId = -1;
  #refreshing: Promise<MetadataAnswer> | null = null;
  #isDown = false;

  constructor(seeds: readonly Endpoint[], connections: Connections, notices: NoticeBoard, closing: AbortSignal) {
    this.#seeds = seeds;
    this.#connections = connections;
    this.#notices = notices;
    this.#closing = closing;
  }

  get brokerCount(): number {
    return this.#brokers.size;
  }

  /** The controller where it is known and answers, else any broker: in KRaft they pass on what is the controller's. */
  get controller(): Endpoint {
    const known = this.#brokers.get(this.#controllerId);
    return known === undefined || this.#isDistrusted(addressOf(known)) ? this.anyBroker : known;
  }

  get anyBroker(): Endpoint {
    return must(this.#candidates()[0], "a broker's address");
  }

  /** Addresses to start another client from: brokers that answered lately, else all. */
  get addresses(): string[] {
    const candidates = this.#candidates().map(addressOf);
    const trusted = candidates.filter((address) => !this.#isDistrusted(address));
    return trusted.length > 0 ? trusted : candidates;
  }

  /** The leader as far as is known. */
  leader(target: TopicPartition): Leader | null {
    return this.#partitions.get(keyOf(target))?.leader ?? null;
  }

  /** The leader known turned out wrong or silent: the next `locate` asks anew. */
  forget(target: TopicPartition): void {
    const known = this.#partitions.get(keyOf(target));
    if (known !== undefined) known.leader = null;
  }

  /** This broker gave no answer: ask the others first. */
  distrust(address: string): void {
    this.#distrustedUntil.set(address, performance.now() + DISTRUST_MS);
  }

  /**
   * Waits until the partition has a leader, for as long as it takes and `isWanted`.
   * @throws LogError `LOG_UNKNOWN_PARTITION` when brokers keep saying that there is none, `LOG_NOT_AUTHORIZED`, `LOG_CLOSED`.
   */
  async locate(target: TopicPartition, isWanted: () => boolean = () => true): Promise<Leader> {
    let unknownSince = Infinity;
    for (let attempt = 1; isWanted(); attempt++) {
      const leader = this.leader(target);
      if (leader !== null) return leader;
      this.#topics.add(target.topic);
      const verdict = await this.#ask(target);
      const now = performance.now();
      unknownSince = verdict === "unknown" ? Math.min(unknownSince, now) : Infinity;
      const patience = this.#partitions.has(keyOf(target)) ? VANISHED_AFTER_MS : UNKNOWN_AFTER_MS;
      if (now - unknownSince > patience) {
        this.#topics.delete(target.topic);
        throw new LogError("LOG_UNKNOWN_PARTITION", `There is no partition ${target.partition} of topic ${target.topic}.`);
      }
      if (this.leader(target) === null) await pause(backoffMs(attempt), this.#closing);
    }
    throw new LogError("LOG_ABORTED", "Nobody waits for this any more.");
  }

  async #ask(target: TopicPartition): Promise<"known" | "unknown" | "unanswered"> {
    try {
      const answer = await this.refresh();
      const topic = answer.topics.find(({ topic }) => topic === target.topic);
      if (topic === undefined) return "unanswered"; // a refresh that was under way already, for other topics
      if (topic.errorCode === ERROR.unknownTopicOrPartition) return "unknown";
      const refused = errorOfCode(topic.errorCode, `to describe topic ${target.topic}`);
      if (topic.errorCode !== 0 && !refused.retriable) throw refused;
      const isThere = topic.errorCode !== 0 || topic.partitions.some(({ partition }) => partition === target.partition);
      return isThere ? "known" : "unknown";
    } catch (error) {
      if (error instanceof LogError && (error.retriable || error.code === "LOG_AUTHENTICATION_FAILED")) return "unanswered";
      throw error;
    }
  }

  /** Learns brokers and leaders anew from the first broker that answers. @throws LogError when none does. */
  refresh(): Promise<MetadataAnswer> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** What a broker says of topics that need not be followed; null: of all. */
  async describe(topics: readonly string[] | null): Promise<MetadataAnswer> {
    let failure: unknown;
    for (const endpoint of this.#candidates()) {
      try {
        return await this.#describeAt(endpoint, topics);
      } catch (error) {
        if (this.#closing.aborted) throw error;
        failure = isMoreTelling(failure) ? failure : error;
      }
    }
    this.#isDown = true;
    const error = failure instanceof LogError ? failure : new LogError("LOG_UNAVAILABLE", "No Kafka broker is known.", { retriable: true });
    // Until a first broker was found, who opens the log says so.
    if (this.#brokers.size > 0) this.#notices.post({ level: "warn", code: error.code, message: error.message, cause: error });
    throw error;
  }

  /** What every broker that answers says: they learn of a topic one after the other. @throws LogError when none does. */
  async describeEverywhere(topics: readonly string[] | null): Promise<readonly MetadataAnswer[]> {
    const asked = await Promise.allSettled([...this.#brokers.values()].map((endpoint) => this.#describeAt(endpoint, topics)));
    const answers = asked.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    return answers.length > 0 ? answers : [await this.describe(topics)];
  }

  async #describeAt(endpoint: Endpoint, topics: readonly string[] | null): Promise<MetadataAnswer> {
    const link = this.#connections.link("admin", endpoint);
    try {
      const answer = await link.request(metadataRequest(topics), METADATA_TIMEOUT_MS);
      this.#distrustedUntil.delete(link.address);
      this.#tellRecovery(link.address);
      return answer;
    } catch (error) {
      this.distrust(link.address);
      throw error;
    }
  }

  async #refresh(): Promise<MetadataAnswer> {
    const answer = await this.describe([...this.#topics]);
    if (answer.brokers.length > 0) this.#brokers = new Map(answer.brokers.map((broker) => [broker.nodeId, broker]));
    this.#controllerId = answer.controllerId;
    for (const topic of answer.topics) this.#learnTopic(topic);
    return answer;
  }

  #learnTopic({ topic, partitions }: TopicMetadata): void {
    for (const partition of partitions) this.#learnPartition(keyOf({ topic, partition: partition.partition }), partition);
  }

  #learnPartition(key: string, { leader: nodeId, leaderEpoch: epoch }: PartitionMetadata): void {
    const known = this.#partitions.get(key) ?? { leader: null, epoch: -1, olderAnswers: 0 };
    this.#partitions.set(key, known);
    // A broker that was frozen wakes up believing in old leaders.
    if (epoch < known.epoch && ++known.olderAnswers < OLDER_ANSWERS_BELIEVED_AFTER) return;
    const endpoint = this.#brokers.get(nodeId);
    known.olderAnswers = 0;
    known.epoch = epoch;
    known.leader = endpoint === undefined ? null : { nodeId, epoch, host: endpoint.host, port: endpoint.port };
  }

  /** Brokers to ask, in random order, those that were silent lately last; where none is known, those given at the start. */
  #candidates(): Endpoint[] {
    const known = [...this.#brokers.values()];
    const knownAddresses = new Set(known.map(addressOf));
    const endpoints = [...shuffled(known), ...shuffled(this.#seeds.filter((seed) => !knownAddresses.has(addressOf(seed))))];
    const isSuspect = (endpoint: Endpoint): boolean => this.#isDistrusted(addressOf(endpoint));
    return [...endpoints.filter((endpoint) => !isSuspect(endpoint)), ...endpoints.filter(isSuspect)];
  }

  #isDistrusted(address: string): boolean {
    return (this.#distrustedUntil.get(address) ?? -Infinity) > performance.now();
  }

  #tellRecovery(address: string): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#notices.post({ level: "info", code: "LOG_AVAILABLE", message: `Kafka at ${address} answers again.` });
  }
}

export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** Of several brokers' failures, one that waiting does not mend says more. */
function isMoreTelling(failure: unknown): boolean {
  return failure instanceof LogError && !failure.retriable;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
