// What is replaced in a topic that forgets is gone from all files of an embedded log: from its pages, those that are free, and what is written ahead.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog, type EmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { KeyRing } from "../../../engine/sealing/key-ring.ts";
import { keyRecord, newKey, subjectHash } from "../../../engine/sealing/key-record.ts";

const TOPIC = "shop.keys";
const KEYS = { topic: TOPIC, partition: 0 };
const SETTINGS = { "cleanup.policy": "compact", "max.compaction.lag.ms": "86400000" };
let directory: string;
let log: EmbeddedLog;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "forgetting-"));
  log = await openEmbeddedLog({ path: directory });
  await log.createTopics([
    { topic: TOPIC, partitions: 1, settings: SETTINGS },
    { topic: "shop.journal", partitions: 1, settings: {} },
  ]);
});

afterEach(async () => {
  await log.close();
  await rm(directory, { recursive: true });
});

async function isInFiles(bytes: Buffer): Promise<boolean> {
  for (const name of await readdir(directory)) if ((await readFile(path.join(directory, name))).includes(bytes)) return true;
  return false;
}

async function ring(): Promise<KeyRing> {
  return KeyRing.open({ log, topic: TOPIC, app: "shop", logger: silentLogger });
}

/** Among many others, of all sizes of batches, and while other tables grow. */
async function filled(subjects: readonly string[]): Promise<Map<string, Buffer>> {
  const keys = new Map(subjects.map((subject) => [subject, newKey(subjectHash("shop", subject))] as const));
  const others = Array.from({ length: 3_000 }, (_, n) => newKey(subjectHash("shop", `other ${n}`)));
  const all = [...keys.values(), ...others].toSorted((a, b) => a.name.localeCompare(b.name));
  for (let at = 0; at < all.length;) {
    const size = 1 + (at % 40);
    await log.append(KEYS, all.slice(at, at + size).map(keyRecord));
    if (at % 7 === 0) await log.append({ topic: "shop.journal", partition: 0 }, [{ key: null, value: randomBytes(3_000) }]);
    at += size;
  }
  return new Map([...keys].map(([subject, { bytes }]) => [subject, bytes]));
}

test("a key that was erased is in no file once the topic was compacted; those of others are there", async () => {
  const keys = await filled(Array.from({ length: 40 }, (_, n) => `subject ${n}`));
  for (const bytes of keys.values()) expect(await isInFiles(bytes)).toBe(true);
  const erasing = await ring();
  let left = keys.size;
  for (const [subject, bytes] of keys) {
    expect(await erasing.erase(subject)).toBe(1);
    if (--left % 10 === 0) await log.compact(TOPIC);
    else continue;
    expect(await isInFiles(bytes)).toBe(false);
  }
  for (const bytes of keys.values()) expect(await isInFiles(bytes)).toBe(false);
  await erasing.close();
  await log.close();
  for (const bytes of keys.values()) expect(await isInFiles(bytes)).toBe(false);
  log = await openEmbeddedLog({ path: directory });
  const again = await ring();
  expect(again.subjects).toBe(3_000);
  expect(await again.erase("other 7")).toBe(1);
  await again.close();
});

test("a log that is closed has forgotten", async () => {
  const [[subject, bytes] = ["", Buffer.alloc(0)]] = await filled(["ada"]);
  const erasing = await ring();
  await erasing.erase(subject);
  await erasing.close();
  expect(await isInFiles(bytes)).toBe(true);
  await log.close();
  expect(await isInFiles(bytes)).toBe(false);
});
