import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { freshName, freshTopic } from "../topics.ts";

export function describingTopics(subject: Subject): void {
  test("tells partitions, replicas and the settings in force", async () => {
    const settings = { "cleanup.policy": "compact", "max.message.bytes": "123456" };
    const topic = await freshTopic(subject.log, { partitions: 3, settings });
    const description = await subject.log.describeTopic(topic);
    expect(description).toMatchObject({ topic, partitions: 3, settings });
    expect(description?.replicationFactor).toBeGreaterThanOrEqual(1);
  });

  test("is null where there is no such topic", async () => {
    expect(await subject.log.describeTopic(freshName())).toBeNull();
  });

  test("names all topics", async () => {
    const topic = await freshTopic(subject.log);
    const names = await subject.log.listTopics();
    expect(names.filter((name) => name === topic)).toEqual([topic]);
    expect(names).not.toContain(freshName());
  });
}
