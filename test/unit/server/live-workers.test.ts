// Who runs now, by the word of a log that may change its mind, say nothing, or fall silent.
import { expect, test } from "vitest";
import type { GroupMember } from "../../../engine/log/log.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { encodeFacts } from "../../../engine/worker/member-facts.ts";
import { LiveWorkers } from "../../../server/partitions/live-workers.ts";

const member = (worker: string | null): GroupMember => ({
  memberId: "member-1",
  metadata: encodeFacts({ worker, manifest: null, reads: 1, tells: [] }),
  assigned: [],
});

/** Each question is answered by the next of `answers`; `at` is the time. */
function watched(...answers: readonly (() => Promise<readonly GroupMember[]>)[]): {
  readonly workers: LiveWorkers;
  readonly asked: readonly string[];
  at: number;
} {
  const asked: string[] = [];
  const members = (group: string): Promise<readonly GroupMember[]> => {
    asked.push(group);
    return (answers[asked.length - 1] ?? (() => Promise.resolve([])))();
  };
  const time = { at: 0 };
  const workers = new LiveWorkers({ log: { members }, topics: appTopics("shop"), now: () => time.at });
  return Object.assign(time, { workers, asked });
}

const never = (): Promise<never> => new Promise<never>(() => {});

test("workers are members of the app's group, by their names", async () => {
  const { workers, asked } = watched(() => Promise.resolve([member("w-1"), member(null)]));
  expect(await workers.look()).toEqual(["w-1", "member-1"]);
  expect(asked).toEqual(["shop"]);
});

test("the log is asked once for all who look within seconds", async () => {
  const of = watched(
    () => Promise.resolve([member("w-1")]),
    () => Promise.resolve([]),
  );
  await Promise.all([of.workers.look(), of.workers.look()]);
  of.at = 2_900;
  expect(await of.workers.look()).toEqual(["w-1"]);
  expect(of.asked).toHaveLength(1);
  of.at = 3_000;
  expect(await of.workers.look()).toEqual([]);
});

test("a log that is silent keeps nobody for longer than a second, and what it said counts for fifteen", async () => {
  const of = watched(() => Promise.resolve([member("w-1")]), never);
  await of.workers.look();
  of.at = 3_000;
  expect(await of.workers.look()).toEqual(["w-1"]);
  // It has waited: who comes now does not.
  of.at = 14_999;
  expect(await of.workers.look()).toEqual(["w-1"]);
  of.at = 15_000;
  expect(await of.workers.look()).toBeNull();
  expect(of.asked).toHaveLength(2);
});

test("a log that refuses to say so says nothing, and nobody is believed to be gone", async () => {
  const { workers } = watched(() => Promise.reject(new Error("not authorised")));
  expect(await workers.look()).toBeNull();
});
