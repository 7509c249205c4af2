import { expect, test } from "vitest";
import { Crew } from "../crew.ts";
import type { Subject } from "../subject.ts";
import { freshName, freshTopic } from "../topics.ts";

export function groupMembers(subject: Subject): void {
  test("members can be asked for, with what they say of themselves and what they were given", async () => {
    const group = freshName();
    const crew = new Crew(subject.log, await freshTopic(subject.log, { partitions: 4 }), group);
    const [first, second] = [await crew.join("first"), await crew.join("second")];
    await crew.untilShared(4, [2, 2]);
    const members = await subject.log.members(group);
    expect(new Map(members.map(({ memberId, metadata }) => [memberId, metadata.toString()]))).toEqual(
      new Map([
        [first.memberId, "first"],
        [second.memberId, "second"],
      ]),
    );
    expect(members.flatMap(({ assigned }) => assigned).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    expect(members.map(({ assigned }) => assigned.length)).toEqual([2, 2]);
    await crew.leave("first");
    await crew.untilShared(4, [4]);
    expect((await subject.log.members(group)).map(({ metadata }) => metadata.toString())).toEqual(["second"]);
  });

  test("a group nobody is in has no members", async () => {
    expect(await subject.log.members(freshName())).toEqual([]);
  });

  test("a member knows when its coordinator answered last", async () => {
    const crew = new Crew(subject.log, await freshTopic(subject.log), freshName());
    const began = performance.now();
    const membership = await crew.join("only");
    await crew.untilShared(1, [1]);
    while (membership.lastHeartbeatAt() < began) await new Promise(setImmediate);
    expect(membership.lastHeartbeatAt()).toBeLessThanOrEqual(performance.now());
  });

  test("leaving twice is leaving once", async () => {
    const crew = new Crew(subject.log, await freshTopic(subject.log), freshName());
    const membership = await crew.join("only");
    await crew.untilShared(1, [1]);
    await membership.leave();
    await membership.leave();
  });
}
