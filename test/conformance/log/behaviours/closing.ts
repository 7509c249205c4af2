import { expect, test } from "vitest";
import type { Log, TopicPartition } from "../../../../engine/log/log.ts";
import type { Subject } from "../subject.ts";
import { expectRefusal, freshName, freshPartition, record } from "../topics.ts";

const calls: Record<string, (log: Log, target: TopicPartition) => Promise<unknown>> = {
  append: (log, target) => log.append(target, [record("r")]),
  earliestOffset: (log, target) => log.earliestOffset(target),
  latestOffset: (log, target) => log.latestOffset(target),
  offsetForTime: (log, target) => log.offsetForTime(target, 0),
  trim: (log, target) => log.trim(target, 0),
  createTopics: (log) => log.createTopics([{ topic: freshName(), partitions: 1, settings: {} }]),
  describeTopic: (log, { topic }) => log.describeTopic(topic),
  join: (log, { topic }) => log.join({ group: freshName(), topic, metadata: Buffer.alloc(0), onAssignment: () => {} }),
  members: (log) => log.members(freshName()),
};

export function closing(subject: Subject): void {
  test("a reader closed while it waits rejects, and so does the next call", async () => {
    const reader = subject.log.openReader({ ...(await freshPartition(subject.log)), from: 0 });
    const refusal = expectRefusal(reader.next(), "LOG_CLOSED");
    reader.close();
    await refusal;
    await expectRefusal(reader.next(), "LOG_CLOSED");
    reader.close();
  });

  test("closing the log ends the readers that wait", async () => {
    const log = await subject.openOwn();
    const target = await freshPartition(log);
    const refusals = (["follow", "bulk"] as const).map((mode) =>
      expectRefusal(log.openReader({ ...target, from: 0, mode }).next(), "LOG_CLOSED"),
    );
    await log.close();
    await Promise.all(refusals);
  });

  test("closing the log settles the appends on their way", async () => {
    const log = await subject.openOwn();
    const target = await freshPartition(log);
    const appends = Array.from({ length: 20 }, () => log.append(target, [record("r")]));
    const outcomes = Promise.allSettled(appends);
    await log.close();
    for (const outcome of await outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ family: "log", code: "LOG_CLOSED" });
    }
  });

  test("a closed log refuses everything, and can be closed again", async () => {
    const log = await subject.openOwn();
    const target = await freshPartition(log);
    await log.close();
    for (const call of Object.values(calls)) await expectRefusal(call(log, target), "LOG_CLOSED");
    await log.close();
  });

  test("two closes at once both wait for the end", async () => {
    const log = await subject.openOwn();
    await Promise.all([log.close(), log.close()]);
  });
}
