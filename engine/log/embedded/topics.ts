// The topics that there are, and the rules of their names and settings.
import { LogError } from "../errors.ts";
import type { TopicDescription, TopicPartition, TopicSpec } from "../log.ts";
import { Partition } from "./partition.ts";
import type { StoredTopic } from "./store.ts";

interface Topic {
  readonly partitions: readonly Partition[];
  readonly settings: Readonly<Record<string, string>>;
  readonly compacted: boolean;
  /** What is replaced in it is to be gone, soon and from all files. */
  readonly forgets: boolean;
  /** Infinity where the topic sets no limit of its own. */
  readonly maxBatchBytes: number;
}

export class Topics {
  readonly #topics = new Map<string, Topic>();

  add({ topic, settings, partitions }: StoredTopic): void {
    this.#topics.set(topic, {
      settings,
      partitions: partitions.map((stored, partition) => new Partition({ topic, partition }, stored)),
      compacted: (settings["cleanup.policy"] ?? "").split(",").includes("compact"),
      forgets: forgets(settings),
      maxBatchBytes: Number(settings["max.message.bytes"] ?? Infinity),
    });
  }

  get(topic: string): Topic | undefined {
    return this.#topics.get(topic);
  }

  /** The topic, which the caller needs. */
  need(topic: string): Topic {
    const found = this.#topics.get(topic);
    if (found === undefined) throw new LogError("LOG_UNKNOWN_PARTITION", `there is no topic ${topic}: create it first`);
    return found;
  }

  partition({ topic, partition }: TopicPartition): Partition {
    const { partitions } = this.need(topic);
    const found = partitions[partition];
    if (found === undefined) {
      throw new LogError("LOG_UNKNOWN_PARTITION", `topic ${topic} has ${partitions.length} partitions and none of number ${partition}`);
    }
    return found;
  }

  describe(topic: string): TopicDescription | null {
    const found = this.#topics.get(topic);
    return found === undefined
      ? null
      : { topic, partitions: found.partitions.length, replicationFactor: 1, settings: { ...found.settings } };
  }

  names(): readonly string[] {
    return [...this.#topics.keys()];
  }

  /** Partitions of topics that forget. */
  forgetting(): Partition[] {
    return [...this.#topics.values()].flatMap(({ partitions, forgets: isForgetful }) => (isForgetful ? [...partitions] : []));
  }

  all(): Partition[] {
    return [...this.#topics.values()].flatMap(({ partitions }) => [...partitions]);
  }
}

/** As on Kafka, whoever bounds how late a topic may be compacted wants what is replaced to be gone. */
export function forgets(settings: Readonly<Record<string, string>>): boolean {
  return settings["max.compaction.lag.ms"] !== undefined;
}

/** Kafka's own rules, so that what works embedded works there. */
export function checkTopicSpec({ topic, partitions, settings }: TopicSpec): void {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(topic) || topic === "." || topic === "..") {
    throw new LogError("LOG_INVALID_TOPIC", `"${topic}" is no name for a topic: letters, digits, ".", "_" and "-", at most 249 of them`);
  }
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new LogError("LOG_INVALID_TOPIC", `topic ${topic} cannot have ${partitions} partitions: it needs at least one`);
  }
  const limit = settings["max.message.bytes"];
  if (limit !== undefined && !/^\d+$/.test(limit)) {
    throw new LogError("LOG_INVALID_TOPIC", `topic ${topic}: max.message.bytes is "${limit}", which is no number of bytes`);
  }
}
