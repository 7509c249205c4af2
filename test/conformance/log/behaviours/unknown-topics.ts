import { expect, test } from "vitest";
import type { Log, TopicPartition } from "../../../../engine/log/log.ts";
import type { Subject } from "../subject.ts";
import { batchOf, expectRefusal, freshName, freshTopic } from "../topics.ts";

const calls: Record<string, (log: Log, target: TopicPartition) => Promise<unknown>> = {
  append: (log, target) => log.append(target, batchOf(1, "r")),
  earliestOffset: (log, target) => log.earliestOffset(target),
  latestOffset: (log, target) => log.latestOffset(target),
  offsetForTime: (log, target) => log.offsetForTime(target, 0),
  trim: (log, target) => log.trim(target, 0),
  "reading in mode follow": (log, target) => readOnce(log, target, "follow"),
  "reading in mode bulk": (log, target) => readOnce(log, target, "bulk"),
};

export function unknownTopics(subject: Subject): void {
  test.concurrent.for(Object.entries(calls))("%s is refused on a topic that is not there, and doesn't make it", async ([, call]) => {
    const topic = freshName();
    await expectRefusal(call(subject.log, { topic, partition: 0 }), "LOG_UNKNOWN_PARTITION");
    expect(await subject.log.describeTopic(topic)).toBeNull();
  });

  test.concurrent.for(Object.entries(calls))("%s is refused on a partition that the topic has not", async ([, call]) => {
    const topic = await freshTopic(subject.log, { partitions: 2 });
    await expectRefusal(call(subject.log, { topic, partition: 2 }), "LOG_UNKNOWN_PARTITION");
  });
}

async function readOnce(log: Log, target: TopicPartition, mode: "follow" | "bulk"): Promise<void> {
  const reader = log.openReader({ ...target, from: 0, mode });
  try {
    await reader.next();
  } finally {
    reader.close();
  }
}
