// The topics that an app needs, with the settings that its rules rest on (DESIGN §3).
import { MAX_RESULT_BYTES } from "../execution/result-json.ts";
import type { TopicSpec } from "../log/log.ts";
import type { AppTopics } from "../task/app-topics.ts";

export interface TopicWishes {
  readonly topics: AppTopics;
  readonly partitions: number;
  readonly maxEventBytes: number;
  /** Whether brokers flush every append of the engine to disk. `auto`: where topics have fewer than three copies. */
  readonly fsync: "auto" | "always" | "never";
  /** Whether there are keys of subjects. Default: there are none. */
  readonly erasable?: boolean;
  /** A consumer has no events and no schemas of its own. Default: an app. */
  readonly of?: "app" | "consumer";
}

const MIN_EVENT_TOPIC_BYTES = 1024 * 1024;
/** A dead letter copies up to 1 MiB of a foreign record, its headers, and has its own: whatever the app's largest event is. */
const MIN_DEAD_LETTER_BYTES = 2 * 1024 * 1024;

/** What was erased is gone from the brokers' disks within a day, and the mark that it was stays. */
const KEYS = {
  "max.compaction.lag.ms": "86400000",
  "segment.ms": "3600000",
  "min.cleanable.dirty.ratio": "0.01",
};

export function topicSpecs({ topics, partitions, maxEventBytes, fsync, erasable = false, of = "app" }: TopicWishes): readonly TopicSpec[] {
  const common = { "message.timestamp.type": "LogAppendTime", "unclean.leader.election.enable": "false", "min.insync.replicas": "2" };
  const kept = { ...common, "cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1" };
  const compact = { ...common, "cleanup.policy": "compact" };
  // A batch has a little beside its records; a frame may hold an event and what it sets off, or a step's result, which may be larger.
  const flush = { "flush.messages": "1" };
  const internal = { "max.message.bytes": String(4 * Math.max(maxEventBytes, MAX_RESULT_BYTES)), ...(fsync === "always" ? flush : {}) };
  const own = fsync === "auto" ? { settingsBelowThreeReplicas: flush } : {};
  // A batch of `send`, or one event of the largest with its headers, or the engine's own event that holds one.
  const event = { "max.message.bytes": String(Math.max(MIN_EVENT_TOPIC_BYTES, 2 * maxEventBytes)) };
  const letter = { "max.message.bytes": String(Math.max(MIN_DEAD_LETTER_BYTES, 2 * maxEventBytes)) };
  const all: TopicSpec[] = [
    { topic: topics.events, partitions, settings: { ...common, "cleanup.policy": "delete", ...event } },
    { topic: topics.journal, partitions, settings: { ...kept, ...internal }, ...own },
    { topic: topics.inbox, partitions, settings: { ...kept, ...internal }, ...own },
    {
      topic: topics.state,
      partitions,
      settings: {
        ...compact,
        ...internal,
        "segment.bytes": String(64 * 1024 * 1024),
        "segment.ms": "600000",
        "min.cleanable.dirty.ratio": "0.1",
      },
      ...own,
    },
    { topic: topics.functions, partitions: 1, settings: { ...compact, ...internal }, ...own },
    { topic: topics.schemas, partitions: 1, settings: { ...compact, ...internal }, ...own },
    { topic: topics.deadLetter, partitions, settings: { ...common, "cleanup.policy": "delete", ...letter } },
  ];
  // The first that is made: who finds all the others there, and not this one, takes the app for one that seals nothing.
  if (erasable) all.unshift({ topic: topics.keys, partitions: 1, settings: { ...compact, ...KEYS, ...internal }, ...own });
  return of === "app" ? all : all.filter(({ topic }) => topic !== topics.events && topic !== topics.schemas);
}

/** What people type where an app may not create topics itself. */
export function topicCommand(spec: TopicSpec, replicationFactor = 3, bootstrapServer = "localhost:9092"): string {
  const settings: Record<string, string> = { ...spec.settings, ...(replicationFactor < 3 ? spec.settingsBelowThreeReplicas : {}) };
  const inSync = settings["min.insync.replicas"];
  if (inSync !== undefined && Number(inSync) > replicationFactor) settings["min.insync.replicas"] = String(replicationFactor);
  const parts = [
    `kafka-topics.sh --bootstrap-server ${bootstrapServer} --create --if-not-exists --topic ${spec.topic}`,
    `--partitions ${spec.partitions} --replication-factor ${replicationFactor}`,
    ...Object.entries(settings).map(([name, value]) => `--config ${name}=${value}`),
  ];
  return parts.join(" ");
}
