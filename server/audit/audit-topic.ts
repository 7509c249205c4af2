// The topic of what people did: one partition, kept for good.
import type { Log, TopicPartition, TopicSpec } from "../../engine/log/log.ts";
import { groupOf, type AppTopics } from "../../engine/task/app-topics.ts";
import { topicCommand } from "../../engine/worker/topic-specs.ts";
import { TopicError } from "../../engine/worker/topic-setup.ts";

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

/**
 * For who makes no topics. A server asks when it begins: without this one nothing could be done through it, which is better told then than when
 * somebody has to cancel a run. @throws TopicError `TOPICS_MISSING`, with the command that makes it
 */
export async function checkAuditTopic(log: Log, topics: AppTopics): Promise<void> {
  const spec = auditTopicSpec(topics);
  if ((await log.describeTopic(spec.topic)) !== null) return;
  throw new TopicError(
    "TOPICS_MISSING",
    `the topic of the audit is missing, and createTopics is false. Create it with:\n${topicCommand(spec)}`,
  );
}
