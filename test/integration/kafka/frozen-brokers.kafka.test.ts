// A broker that stops answering while its sockets stay open, as a vanished host does: others take over what it led.
import { afterAll, beforeAll, expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import type { Cluster } from "../../support/kafka/broker.ts";
import { startCluster } from "../../support/kafka/start.ts";

const PARTITIONS = 6;
const SETTINGS = { "message.timestamp.type": "LogAppendTime", "min.insync.replicas": "2" };

let cluster: Cluster;
let log: Log;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3 });
  log = await openKafkaLog({ brokers: cluster.addresses, sessionTimeoutMs: 3_000 });
});
afterAll(async () => {
  await log.close();
  await cluster.close();
});

test("appends and readers move to the new leaders, and nothing acknowledged is lost, moved or reordered", async () => {
  const topic = "frozen-leader";
  await log.createTopics([{ topic, partitions: PARTITIONS, settings: SETTINGS }]);
  const partitions = [...Array(PARTITIONS).keys()];
  const followers = partitions.map((partition) => new Follower(log, topic, partition));
  const writers = partitions.map((partition) => new Writer(log, topic, partition));
  await Promise.all(writers.map((writer) => writer.until(20)));
  const [victim] = cluster.brokers;
  await victim?.freeze();
  await Promise.all(writers.map((writer) => writer.until(40)));
  await victim?.thaw();
  await Promise.all(writers.map((writer) => writer.until(60)));
  for (const [partition, { acknowledged }] of writers.entries()) {
    const last = acknowledged.at(-1);
    const seen = (await followers[partition]?.until(last?.offset ?? 0)) ?? [];
    expect(acknowledged.map(({ offset }) => seen[offset])).toEqual(acknowledged.map(({ value }) => value));
    expect(acknowledged.map(({ offset }) => offset)).toEqual(acknowledged.map(({ offset }) => offset).toSorted((a, b) => a - b));
  }
  for (const follower of followers) follower.close();
}, 60_000);

test("a member whose coordinator is frozen is a member of the next coordinator soon", async () => {
  const topic = "frozen-coordinator";
  await log.createTopics([{ topic, partitions: 1, settings: SETTINGS }]);
  let wasLost = false;
  const onLost = (): void => {
    wasLost = true;
  };
  const membership = await log.join({ group: topic, topic, metadata: Buffer.alloc(0), onAssignment: () => {}, onLost });
  for (const broker of cluster.brokers) {
    await heartbeat(membership);
    if (wasLost) break;
    await broker.freeze();
    await heartbeat(membership);
    await broker.thaw();
  }
  expect(wasLost).toBe(true);
  await membership.leave();
}, 120_000);

/** Waits for one that was sent from now on. */
async function heartbeat(membership: { lastHeartbeatAt(): number }): Promise<void> {
  const now = performance.now();
  while (membership.lastHeartbeatAt() <= now) await new Promise((resolve) => setTimeout(resolve, 20));
}

class Writer {
  readonly acknowledged: { readonly offset: number; readonly value: string }[] = [];
  readonly #append: (value: string) => Promise<{ readonly baseOffset: number }>;

  constructor(log: Log, topic: string, partition: number) {
    this.#append = (value) => log.append({ topic, partition }, [{ key: null, value: Buffer.from(value) }]);
  }

  async until(count: number): Promise<void> {
    while (this.acknowledged.length < count) {
      const value = `record ${this.acknowledged.length}`;
      const { baseOffset } = await this.#append(value);
      this.acknowledged.push({ offset: baseOffset, value });
    }
  }
}

class Follower {
  readonly #reader: ReturnType<Log["openReader"]>;
  readonly #seen: string[] = [];

  constructor(log: Log, topic: string, partition: number) {
    this.#reader = log.openReader({ topic, partition, from: 0 });
  }

  /** What it saw, by offset. */
  async until(offset: number): Promise<readonly string[]> {
    while (this.#seen.length <= offset) {
      for (const record of (await this.#reader.next()).records) this.#seen[record.offset] = String(record.value);
    }
    return this.#seen;
  }

  close(): void {
    this.#reader.close();
  }
}
