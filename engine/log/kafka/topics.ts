// Creating and describing topics.
import { LogError } from "../errors.ts";
import type { TopicDescription, TopicSpec } from "../log.ts";
import { backoffMs, pause } from "./backoff.ts";
import type { Cluster } from "./cluster.ts";
import type { Connections } from "./connections.ts";
import { fromKafkajs } from "./errors.ts";
import { addressOf } from "./link.ts";
import type { NoticeBoard } from "./notices.ts";
import { MAX_ENCODED_BYTES } from "./produce.ts";
import { ERROR, errorOfCode } from "./protocol/error-codes.ts";
import type { WireRequest } from "./protocol/request.ts";
import { createTopicsRequest, describeSettingsRequest, type NewTopic } from "./protocol/topics.ts";

const CREATE_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 5_000;
const REPLICAS_WANTED = 3;

export class Topics {
  readonly #cluster: Cluster;
  readonly #connections: Connections;
  readonly #notices: NoticeBoard;
  readonly #closing: AbortSignal;
  readonly #replicationFactor: number | undefined;

  constructor(
    cluster: Cluster,
    connections: Connections,
    options: { readonly notices: NoticeBoard; readonly closing: AbortSignal; readonly replicationFactor: number | undefined },
  ) {
    this.#cluster = cluster;
    this.#connections = connections;
    this.#notices = options.notices;
    this.#closing = options.closing;
    this.#replicationFactor = options.replicationFactor;
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<readonly string[]> {
    await this.#retried(() => this.#cluster.refresh()); // for the number of brokers
    const created: string[] = [];
    for (const spec of specs) {
      if (await this.#createTopic(this.#complete(spec))) created.push(spec.topic);
    }
    if (specs.length > 0) await this.#untilLed(specs.map(({ topic }) => topic));
    return created;
  }

  async describeTopic(topic: string): Promise<TopicDescription | null> {
    const answers = await this.#retried(() => this.#cluster.describeEverywhere([topic]));
    const found = answers.flatMap(({ topics }) => topics).find(({ errorCode }) => errorCode !== ERROR.unknownTopicOrPartition);
    if (found === undefined) return null;
    if (found.errorCode !== ERROR.none) throw errorOfCode(found.errorCode, `to describe topic ${topic}`);
    const replicationFactor = Math.min(...found.partitions.map(({ replicas }) => replicas.length));
    return { topic, partitions: found.partitions.length, replicationFactor, settings: await this.#settingsOf(topic) };
  }

  async listTopics(): Promise<readonly string[]> {
    const answers = await this.#retried(() => this.#cluster.describeEverywhere(null));
    const found = answers.flatMap(({ topics }) => topics).filter(({ errorCode }) => errorCode === ERROR.none);
    return [...new Set(found.map(({ topic }) => topic))];
  }

  async #settingsOf(topic: string): Promise<Readonly<Record<string, string>> | null> {
    const { errorCode, settings } = await this.#askController(describeSettingsRequest(topic), REQUEST_TIMEOUT_MS);
    return errorCode === ERROR.none ? settings : null;
  }

  #complete(spec: TopicSpec): NewTopic {
    const replicationFactor = this.#replicationFactor ?? Math.min(REPLICAS_WANTED, Math.max(1, this.#cluster.brokerCount));
    const settings: Record<string, string> = {
      "max.message.bytes": String(MAX_ENCODED_BYTES), // so that `maxBatchBytes` holds
      ...spec.settings,
      ...(replicationFactor < REPLICAS_WANTED ? spec.settingsBelowThreeReplicas : {}),
    };
    const inSync = settings["min.insync.replicas"];
    if (inSync !== undefined && Number(inSync) > replicationFactor) settings["min.insync.replicas"] = String(replicationFactor);
    return { topic: spec.topic, partitions: spec.partitions, replicationFactor, settings };
  }

  /** True when it was created by this call. */
  async #createTopic(topic: NewTopic): Promise<boolean> {
    const answer = await this.#tryToCreate(topic, false);
    if (answer.errorCode === ERROR.none) return true;
    if (answer.errorCode === ERROR.topicAlreadyExists) return false;
    if (answer.errorCode !== ERROR.invalidConfig && answer.errorCode !== ERROR.policyViolation) throw refusal(topic, answer);
    const accepted = await this.#withoutRefusedSettings(topic);
    if (Object.keys(accepted.settings).length === Object.keys(topic.settings).length) throw refusal(topic, answer);
    const second = await this.#tryToCreate(accepted, false);
    if (second.errorCode === ERROR.topicAlreadyExists) return false;
    if (second.errorCode !== ERROR.none) throw refusal(topic, second);
    return true;
  }

  /** A managed Kafka lets some settings be and refuses others, and its message is for people: each is tried alone. */
  async #withoutRefusedSettings(topic: NewTopic): Promise<NewTopic> {
    const settings: Record<string, string> = {};
    for (const [name, value] of Object.entries(topic.settings)) {
      const { errorCode, errorMessage } = await this.#tryToCreate({ ...topic, settings: { [name]: value } }, true);
      if (errorCode === ERROR.invalidConfig || errorCode === ERROR.policyViolation) {
        const message = `Topic ${topic.topic} was made without ${name}=${value}, which this Kafka refuses: ${errorMessage ?? "no reason given"}`;
        this.#notices.post({ level: "warn", code: "LOG_SETTING_REFUSED", message });
      } else settings[name] = value;
    }
    return { ...topic, settings };
  }

  async #tryToCreate(topic: NewTopic, validateOnly: boolean): Promise<{ errorCode: number; errorMessage: string | null }> {
    return this.#retried(async () => {
      const request = createTopicsRequest([topic], { timeoutMs: CREATE_TIMEOUT_MS, validateOnly });
      const { topics } = await this.#exchange(request, CREATE_TIMEOUT_MS + REQUEST_TIMEOUT_MS);
      const answer = topics.find((candidate) => candidate.topic === topic.topic);
      if (answer === undefined) throw new LogError("LOG_FAILED", `Kafka said nothing of topic ${topic.topic}.`);
      const refused = errorOfCode(answer.errorCode, `topic ${topic.topic}`, answer.errorMessage);
      if (answer.errorCode !== ERROR.none && refused.retriable) throw refused;
      return answer;
    });
  }

  /** A topic just made is known to the controller first, to all brokers and with its leaders a moment later. */
  async #untilLed(topics: readonly string[]): Promise<void> {
    await this.#retried(async () => {
      const answers = await this.#cluster.describeEverywhere(topics);
      const found = answers.flatMap((answer) => answer.topics);
      const isLed = found.every(({ errorCode, partitions }) => errorCode === ERROR.none && partitions.every(({ leader }) => leader >= 0));
      if (!isLed) throw new LogError("LOG_UNAVAILABLE", "Not every partition has a leader yet.", { retriable: true });
    });
  }

  #askController<A extends { readonly throttleTimeMs: number }>(request: WireRequest<A>, timeoutMs: number): Promise<A> {
    return this.#retried(() => this.#exchange(request, timeoutMs));
  }

  async #exchange<A extends { readonly throttleTimeMs: number }>(request: WireRequest<A>, timeoutMs: number): Promise<A> {
    const endpoint = this.#cluster.controller;
    try {
      return await this.#connections.link("admin", endpoint).request(request, timeoutMs);
    } catch (error) {
      this.#cluster.distrust(addressOf(endpoint));
      throw fromKafkajs(error, addressOf(endpoint));
    }
  }

  async #retried<T>(attempt: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof LogError) || !error.retriable || this.#closing.aborted) throw error;
        await pause(backoffMs(failures), this.#closing);
        if (failures > 1) await this.#cluster.refresh().catch(() => {}); // the controller may have moved
      }
    }
  }
}

function refusal({ topic }: NewTopic, { errorCode, errorMessage }: { errorCode: number; errorMessage: string | null }): LogError {
  return errorOfCode(errorCode, `topic ${topic}`, errorMessage);
}
