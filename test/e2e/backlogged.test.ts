// Whole apps that get more events than they can work off at once, on the embedded log, in real time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { partitionOfKey } from "../../engine/core/murmur2.ts";
import { Millrace } from "../../engine/sdk/index.ts";
import { until } from "../support/faults/until.ts";

interface Events {
  "slow/asked": { n: number; home?: string };
  "quick/asked": { n: number };
}

let folder: string;
const logger = pino({ level: "silent" });

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "millrace-backlogged-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("a quick function answers as it always does while 5,000 events of a slow one on its partition wait", async () => {
  const app = new Millrace<Events>({ id: "latency", partitions: 1, maxActiveRuns: 200, log: { kind: "embedded", path: folder }, logger });
  const isOver = new AbortController();
  const answered = new Map<number, () => void>();
  let done = 0;
  app.createFunction({ id: "slow", triggers: [{ event: "slow/asked" }] }, async ({ step }) => {
    await step.run("wait for somebody else", () => delay(60_000, undefined, { signal: isOver.signal }).catch(() => {}));
    done += 1;
  });
  app.createFunction({ id: "quick", triggers: [{ event: "quick/asked" }] }, async ({ step, event }) => {
    await step.run("answer", () => answered.get(event.data.n)?.());
  });
  const latencyOf = async (n: number): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<null>();
    answered.set(n, () => resolve(null));
    const from = performance.now();
    await app.send({ name: "quick/asked", data: { n } });
    await promise;
    return performance.now() - from;
  };
  await app.start();
  try {
    const alone = await latencies(latencyOf, 100);
    await app.send(Array.from({ length: 5_000 }, (_, n) => ({ name: "slow/asked" as const, data: { n } })));
    await until("the slow one is backlogged", () => app.status()[0]?.queuedRuns === 4_900);
    expect(app.status()[0]).toMatchObject({ activeRuns: 100, readingStopped: null });
    const beside = await latencies(latencyOf, 100);
    // No more than a machine that has other things to do makes of it.
    expect(median(beside)).toBeLessThan(median(alone) + 100);
    expect(app.status()[0]?.queuedRuns).toBe(4_900);
    isOver.abort();
    await until("the slow one has caught up", () => done === 5_000);
  } finally {
    isOver.abort();
    await app.stop();
  }
});

test("where lines are full, whoever would send runs there reads no further, and all of them run", async () => {
  const app = new Millrace<Events>({ id: "held-back", partitions: 2, maxQueuedRuns: 50, log: { kind: "embedded", path: folder }, logger });
  const home = keyIn(1);
  const open: (() => void)[] = [];
  let isOver = false;
  let done = 0;
  app.createFunction({ id: "slow", triggers: [{ event: "slow/asked" }], concurrency: { limit: 1, key: "event.data.home" } }, async () => {
    if (!isOver) await new Promise<void>((resolve) => open.push(resolve));
    done += 1;
  });
  let quick = 0;
  app.createFunction({ id: "quick", triggers: [{ event: "quick/asked" }] }, () => void (quick += 1));
  const queued = (): number => app.status()[1]?.queuedRuns ?? 0;
  await app.start();
  try {
    // All of them are read by partition 0, and live in partition 1.
    const ask = (n: number) => ({ name: "slow/asked" as const, key: keyIn(0), data: { n, home } });
    await app.send(Array.from({ length: 200 }, (_, n) => ask(n)));
    await until("its lines are full", () => queued() >= 50);
    for (let n = 200; n < 2_000; n += 10) {
      await app.send(Array.from({ length: 10 }, (_, more) => ask(n + more)));
    }
    await until("it is told that reading has stopped", () => app.status()[0]?.readingStopped?.includes("partition 1") === true);
    // What was on its way came in addition.
    expect(queued()).toBeLessThan(1_000);
    await app.send({ name: "quick/asked", key: home, data: { n: 0 } });
    isOver = true;
    for (const end of open.splice(0)) end();
    await until("all have run", () => done === 2_000 && quick === 1);
    await until("all read again", () =>
      app.status().every(({ readingStopped, queuedRuns }) => readingStopped === null && queuedRuns === 0),
    );
  } finally {
    await app.stop();
  }
});

async function latencies(measure: (n: number) => Promise<number>, count: number): Promise<readonly number[]> {
  const all: number[] = [];
  for (let n = 0; n < count; n++) all.push(await measure(n));
  return all;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

/** A key whose partition it is, of two. */
function keyIn(partition: number): string {
  for (let n = 0; ; n++) if (partitionOfKey(Buffer.from(`key ${n}`), 2) === partition) return `key ${n}`;
}
