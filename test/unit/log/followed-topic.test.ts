// A topic that a process knows whole, through trouble and a topic that was made anew.
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { FollowedTopic } from "../../../engine/log/followed-topic.ts";
import type { Log } from "../../../engine/log/log.ts";

const TARGET = { topic: "app.keys", partition: 0 };

let log: Log;
let abort: AbortController;
let seen: string[];
let troubles: unknown[];

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics([{ topic: TARGET.topic, partitions: 1, settings: { "cleanup.policy": "compact" } }]);
  [abort, seen, troubles] = [new AbortController(), [], []];
});
afterEach(async () => {
  abort.abort();
  await log.close();
});

function followed(): FollowedTopic {
  return new FollowedTopic({
    log,
    topic: TARGET.topic,
    signal: abort.signal,
    take: ({ value }) => void seen.push(String(value)),
    trouble: (error) => void troubles.push(error),
  });
}

async function put(...values: string[]): Promise<void> {
  await log.append(
    TARGET,
    values.map((value) => ({ key: Buffer.from(value), value: Buffer.from(value) })),
  );
}

test("it is read whole, then followed", async () => {
  await put("a", "b");
  const topic = followed();
  await topic.open();
  expect(seen).toEqual(["a", "b"]);
  await put("c");
  await topic.caughtUp();
  expect(seen).toEqual(["a", "b", "c"]);
});

test("after trouble, which is told, it is read from its beginning again, and goes on", async () => {
  const open = log.openReader.bind(log);
  let isBroken = false;
  log.openReader = (options) => {
    const reader = open(options);
    const next = async (): ReturnType<typeof reader.next> => {
      const batch = await reader.next();
      if (!isBroken) return batch;
      isBroken = false;
      throw new Error("the broker went away");
    };
    return { next, close: () => reader.close() };
  };
  await put("a");
  const topic = followed();
  await topic.open();
  isBroken = true;
  await put("b");
  await expect.poll(() => troubles).toEqual([new Error("the broker went away")]);
  await topic.caughtUp();
  expect(seen).toEqual(["a", "a", "b"]);
});

test("who waits for what never comes goes on when it is over", async () => {
  const topic = followed();
  await topic.open();
  const waiting = topic.reached(100);
  abort.abort();
  await waiting;
  await topic.over();
  expect(troubles).toEqual([]);
});
