import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { expectRefusal, freshName, freshTopic, record } from "../topics.ts";

export function creatingTopics(subject: Subject): void {
  test("makes those that are missing, says which, and leaves the others as they are", async () => {
    const [old, fresh] = [await freshTopic(subject.log, { partitions: 2 }), freshName()];
    await subject.log.append({ topic: old, partition: 1 }, [record("kept")]);
    const created = await subject.log.createTopics([
      { topic: old, partitions: 5, settings: { "cleanup.policy": "compact" } },
      { topic: fresh, partitions: 3, settings: {} },
    ]);
    expect(created).toEqual([fresh]);
    expect(await subject.log.describeTopic(old)).toMatchObject({ partitions: 2, settings: { "cleanup.policy": "delete" } });
    expect(await subject.log.latestOffset({ topic: old, partition: 1 })).toBe(1);
  });

  test("a topic is ready for appends and readers as soon as the call resolves", async () => {
    const topic = await freshTopic(subject.log, { partitions: 6 });
    for (let partition = 0; partition < 6; partition++) {
      expect((await subject.log.append({ topic, partition }, [record("r")])).baseOffset).toBe(0);
    }
  });

  test("a topic can be described as soon as the call resolves, whichever broker is asked", async () => {
    for (let n = 0; n < 10; n++) {
      const topic = await freshTopic(subject.log, { partitions: 3 });
      expect(await subject.log.describeTopic(topic)).toMatchObject({ topic, partitions: 3 });
    }
  });

  test("made by several at once, a topic is made once", async () => {
    const spec = { topic: freshName(), partitions: 2, settings: {} };
    const created = await Promise.all(Array.from({ length: 4 }, () => subject.log.createTopics([spec])));
    expect(created.flat()).toEqual([spec.topic]);
    expect(await subject.log.describeTopic(spec.topic)).toMatchObject({ partitions: 2 });
  });

  test.for(["", "..", "no spaces", "nö", "x".repeat(250)])("the name %j is refused", async (topic) => {
    await expectRefusal(subject.log.createTopics([{ topic, partitions: 1, settings: {} }]), "LOG_INVALID_TOPIC");
  });

  test("a topic without partitions is refused", async () => {
    await expectRefusal(subject.log.createTopics([{ topic: freshName(), partitions: 0, settings: {} }]), "LOG_INVALID_TOPIC");
  });

  test("no topics, no work", async () => {
    expect(await subject.log.createTopics([])).toEqual([]);
  });
}
