// A process to be killed: appends, trims and compacts as fast as it can, and says on stdout what was acknowledged.
//   node appending-process.ts <folder> <seed>
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { LogRecord } from "../../../engine/log/log.ts";
import { randomFrom } from "./random.ts";

/** What a line on stdout says. `base` is where the batch that is named `batch` begins. */
export type Acknowledged =
  | { readonly kind: "batch"; readonly partition: number; readonly base: number; readonly batch: string; readonly count: number }
  | { readonly kind: "key"; readonly key: string; readonly value: number }
  | { readonly kind: "trim"; readonly partition: number; readonly start: number };

export const BATCHES = { topic: "batches", partitions: 4, settings: {} };
export const KEYS = { topic: "keys", partitions: 1, settings: { "cleanup.policy": "compact" } };

if (import.meta.main) await work(process.argv[2] ?? "", Number(process.argv[3]));

async function work(folder: string, seed: number): Promise<void> {
  const log = await openEmbeddedLog({ path: folder });
  await log.createTopics([BATCHES, KEYS]);
  const random = randomFrom(seed);
  const say = (said: Acknowledged): void => void process.stdout.write(`${JSON.stringify(said)}\n`);

  async function appendBatches(partition: number): Promise<never> {
    for (let n = 0; ; n++) {
      const batch = `${seed}-${partition}-${n}`;
      const count = 1 + Math.floor(random() * 20);
      const size = Math.floor(random() ** 4 * 20_000);
      const records = Array.from({ length: count }, (_, index): LogRecord => ({
        key: Buffer.from(batch),
        value: Buffer.alloc(size, "x"),
        headers: { index: String(index), count: String(count) },
      }));
      const { baseOffset } = await log.append({ topic: BATCHES.topic, partition }, records);
      say({ kind: "batch", partition, base: baseOffset, batch, count });
    }
  }

  async function appendKeys(): Promise<never> {
    const target = { topic: KEYS.topic, partition: 0 };
    for (let value = await log.latestOffset(target); ; value++) {
      const key = `key ${Math.floor(random() * 10)}`;
      await log.append(target, [{ key: Buffer.from(key), value: Buffer.from(String(value)) }]);
      say({ kind: "key", key, value });
    }
  }

  async function compact(): Promise<never> {
    for (;;) await log.compact(KEYS.topic);
  }

  async function trim(partition: number): Promise<never> {
    let trimmed = 0;
    for (;;) {
      const start = Math.max(0, (await log.latestOffset({ topic: BATCHES.topic, partition })) - 500);
      if (start === trimmed) await new Promise(setImmediate);
      else await log.trim({ topic: BATCHES.topic, partition }, start);
      if (start > trimmed) say({ kind: "trim", partition, start });
      trimmed = start;
    }
  }

  await Promise.all([appendBatches(0), appendBatches(1), appendBatches(2), appendBatches(3), appendKeys(), compact(), trim(3)]);
}
