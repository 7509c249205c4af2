// The topic of what people did: one partition, kept for good.
import type { TopicPartition, TopicSpec } from "../../engine/log/log.ts";
import { groupOf, type AppTopics } from "../../engine/task/app-topics.ts";

export function auditPartition(topics: AppTopics): TopicPartition {
  return { topic: `${groupOf(topics)}.audit`, partition: 0 };
}

export function auditTopicSpec(topics: AppTopics): TopicSpec {
  return {
    topic: auditPartition(topics).topic,
    partitions: 1,
    settings: {
      "message.timestamp.type": "LogAppendTime",
      "unclean.leader.election.enable": "false",
      "min.insync.replicas": "2",
      "cleanup.policy": "delete",
      "retention.ms": "-1",
      "retention.bytes": "-1",
    },
  };
}
