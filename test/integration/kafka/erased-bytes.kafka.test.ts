// The bytes of a key that was erased are gone from the files of a broker, although nobody writes to their topic any more but the fillers of those
// who follow it.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { Fillers } from "../../../engine/sealing/fillers.ts";
import { readKeyRecord } from "../../../engine/sealing/key-record.ts";
import { KeyRing } from "../../../engine/sealing/key-ring.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { topicSpecs } from "../../../engine/worker/topic-specs.ts";
import { until } from "../../support/faults/until.ts";
import { startBroker } from "../../support/kafka/start.ts";

const TOPIC = "shop.keys";
/** What it is in production, in a time that a test can wait for. */
const QUICK = { "segment.ms": "1000", "file.delete.delay.ms": "100", "max.compaction.lag.ms": "2000" };

test("a key that was erased is in no segment file, without anything else being written to its topic", { timeout: 90_000 }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "erased-"));
  await using broker = await startBroker({ folder });
  await using closing = new AsyncDisposableStack();
  closing.defer(() => rm(folder, { recursive: true, force: true }));
  const log = await openKafkaLog({ brokers: [broker.address] });
  closing.defer(() => log.close());
  const wishes = { topics: appTopics("shop"), partitions: 1, maxEventBytes: 1024 * 1024, fsync: "auto", erasable: true } as const;
  const [spec] = topicSpecs(wishes).filter(({ topic }) => topic === TOPIC);
  if (spec === undefined) throw new Error("no topic of keys");
  await log.createTopics([{ ...spec, settings: { ...spec.settings, ...QUICK, "min.insync.replicas": "1" } }]);
  const ring = await KeyRing.open({ log, topic: TOPIC, app: "shop", logger: silentLogger });
  closing.defer(() => ring.close());
  const fillers = new Fillers({ log, topic: TOPIC, ring });
  closing.defer(() => fillers.close());

  const [ada, grace] = [await ring.seal("ada", "1"), await ring.seal("grace", "2")];
  const reader = log.openReader({ topic: TOPIC, partition: 0, from: 0 });
  const bytes: Buffer[] = [];
  while (bytes.length < 2) {
    for (const record of (await reader.next()).records) {
      const read = readKeyRecord(record);
      if (read !== null && read.bytes !== null) bytes.push(read.bytes);
    }
  }
  reader.close();
  const [adas = Buffer.alloc(0), graces = Buffer.alloc(0)] = bytes;
  const isInFiles = async (looked: Buffer): Promise<boolean> => {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.parentPath.includes(TOPIC)) continue;
      const content = await readFile(path.join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
      if (content.includes(looked)) return true;
    }
    return false;
  };
  expect([await isInFiles(adas), await isInFiles(graces)]).toEqual([true, true]);
  expect(await ring.erase("ada")).toBe(1);
  await until("the key is in no file", async () => !(await isInFiles(adas)));
  expect(await isInFiles(graces)).toBe(true);
  const later = await KeyRing.open({ log, topic: TOPIC, app: "shop", logger: silentLogger });
  closing.defer(() => later.close());
  expect(later.open(ada)).toEqual({ kind: "erased" });
  expect(later.open(grace)).toEqual({ kind: "open", text: "2" });
});
