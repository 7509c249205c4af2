import { expect, test } from "vitest";
import type { Suitability } from "../../../../engine/log/log.ts";
import { Crew } from "../crew.ts";
import type { Subject } from "../subject.ts";
import { expectRefusal, freshName, freshTopic } from "../topics.ts";

export function groups(subject: Subject): void {
  test("a member alone gets every partition", async () => {
    const crew = new Crew(subject.log, await freshTopic(subject.log, { partitions: 4 }), freshName());
    await crew.join("only");
    await crew.untilShared(4, [4]);
  });

  test("members share evenly as they come, and as they go", async () => {
    const crew = new Crew(subject.log, await freshTopic(subject.log, { partitions: 8 }), freshName());
    await crew.join("first");
    await crew.untilShared(8, [8]);
    await crew.join("second");
    await crew.untilShared(8, [4, 4]);
    await crew.join("third");
    await crew.untilShared(8, [2, 3, 3]);
    await crew.leave("first");
    await crew.untilShared(8, [4, 4]);
    await crew.leave("third");
    await crew.untilShared(8, [8]);
  });

  test("who stays keeps what it had", async () => {
    const crew = new Crew(subject.log, await freshTopic(subject.log, { partitions: 8 }), freshName());
    await crew.join("first");
    await crew.untilShared(8, [8]);
    await crew.join("second");
    await crew.untilShared(8, [4, 4]);
    const [first, second] = [crew.share("first"), crew.share("second")];
    await crew.join("third");
    await crew.untilShared(8, [2, 3, 3]);
    expect(first).toEqual(expect.arrayContaining([...crew.share("first")]));
    expect(second).toEqual(expect.arrayContaining([...crew.share("second")]));
    const kept = crew.share("second");
    await crew.leave("first");
    await crew.untilShared(8, [4, 4]);
    expect(crew.share("second")).toEqual(expect.arrayContaining([...kept]));
  });

  test("with more members than partitions, some have none", async () => {
    const crew = new Crew(subject.log, await freshTopic(subject.log, { partitions: 2 }), freshName());
    await Promise.all(["a", "b", "c"].map((name) => crew.join(name)));
    await crew.untilShared(2, [0, 1, 1]);
  });

  test("groups don't know of each other", async () => {
    const topic = await freshTopic(subject.log, { partitions: 4 });
    const crews = [new Crew(subject.log, topic, freshName()), new Crew(subject.log, topic, freshName())];
    await Promise.all(crews.map((crew) => crew.join("only")));
    await Promise.all(crews.map((crew) => crew.untilShared(4, [4])));
  });

  test("a topic that is not there has no group", async () => {
    const join = subject.log.join({ group: freshName(), topic: freshName(), metadata: Buffer.alloc(0), onAssignment: () => {} });
    await expectRefusal(join, "LOG_UNKNOWN_PARTITION");
  });

  test("members that suit poorly give up what they have to those that suit well, whoever shares out", async () => {
    const crew = new Crew(subject.log, await freshTopic(subject.log, { partitions: 4 }), freshName());
    const suits = (metadata: Buffer): Suitability => (metadata.toString() === "old" ? "poorly" : "well");
    await crew.join("old", suits);
    await crew.untilShared(4, [4]);
    await crew.join("new", suits);
    await crew.untilShared(4, [0, 4]);
    expect(crew.share("new")).toEqual([0, 1, 2, 3]);
  });
}
