// What a broker has on its disk of an app that does everything: with a codec, not a word of what its users gave it.
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { aesGcmCodec, Millrace } from "../../../engine/sdk/index.ts";
import { openEncryptedLog } from "../../../engine/log/encrypted/encrypted-log.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { verify } from "../../../engine/replay/verify.ts";
import { ownTopics } from "../../../engine/sdk/own-topics.ts";
import type { JavaBroker } from "../../support/kafka/java-broker.ts";
import { startJavaBrokers } from "../../support/kafka/java-kafka.ts";
import { everything, WORD } from "../../support/secrets/everything.ts";

/** As it might stand there: text, and what becomes of text on its way. */
const SHAPES: Readonly<Record<string, Buffer>> = {
  text: Buffer.from(WORD),
  "UTF-16": Buffer.from(WORD, "utf16le"),
  hex: Buffer.from(Buffer.from(WORD).toString("hex")),
  ...Object.fromEntries([0, 1, 2].map((shift) => [`base64 ${shift}`, base64Of(WORD, shift)])),
};

let broker: JavaBroker | undefined;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "millrace-disk-"));
  [broker] = await startJavaBrokers(1, { folder });
});
afterAll(async () => {
  await broker?.close();
  await rm(folder, { recursive: true, force: true });
});

// Compressed, nothing would be found of anything.
const log = () => ({ kind: "kafka" as const, brokers: [broker?.address ?? ""], compression: "none" as const });

test("without a codec the word is in each topic that could have it, so it would be found", async () => {
  const { app, work } = everything("plain", log(), undefined);
  await app.start();
  await work();
  await app.stop();
  const found = await topicsWith("plain.");
  const purposes = ["events", "journal", "state", "dead-letter", "inbox", "ledger.journal", "ledger.state", "ledger.dead-letter"];
  expect([...found.keys()].toSorted()).toEqual(purposes.map((purpose) => `plain.${purpose}`).toSorted());
}, 120_000);

test("with a codec it is nowhere on the broker's disk, and all that was done stands in the log as without", async () => {
  const codec = aesGcmCodec({ keys: { first: randomBytes(32) }, current: "first" });
  const { app, work } = everything("sealed", log(), codec);
  await app.start();
  await work();
  const digests = await app.digests();
  await app.stop();
  expect(await topicsWith("sealed.")).toEqual(new Map());

  const bare = await openKafkaLog({ brokers: [broker?.address ?? ""] });
  const { topics } = app.parts;
  const opened = await openEncryptedLog(bare, { codec, isOwn: ownTopics(topics) });
  for (const [partition, { lsn, digest }] of digests) {
    const rebuilt = await verify({ log: opened, topics, partition, untilLsn: lsn });
    expect(rebuilt).toMatchObject({ lsn, digest });
  }
  expect(digests.size).toBe(2);
  await bare.close();
}, 120_000);

test("it starts again from its image, under a new key; without the old one it does not, and says which it needs", async () => {
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const before = everything("rotated", log(), aesGcmCodec({ keys: { first }, current: "first" }));
  await before.app.start();
  await before.work();
  const digests = await before.app.digests();
  await before.app.stop();

  const without = everything("rotated", log(), aesGcmCodec({ keys: { second }, current: "second" }));
  await expect(without.app.start()).rejects.toMatchObject({
    code: "LOG_KEY_MISSING",
    message: expect.stringContaining('the key "first"') as unknown,
  });
  await without.app.stop();
  const none = new Millrace({ id: "rotated", log: log(), logger: pino({ level: "silent" }) });
  none.createFunction({ id: "f", triggers: [{ event: "go" }] }, () => null);
  await expect(none.start()).rejects.toMatchObject({
    code: "LOG_KEY_MISSING",
    message: expect.stringContaining("there is no codec here") as unknown,
  });
  await none.stop();

  const after = everything("rotated", log(), aesGcmCodec({ keys: { first, second }, current: "second", names: "first" }));
  await after.app.start();
  // Its functions are in force already: it is started before it owns anything.
  await vi.waitFor(
    async () => {
      const again = await after.app.digests();
      for (const [partition, { lsn }] of digests) expect(again.get(partition)?.lsn ?? -1).toBeGreaterThanOrEqual(lsn);
    },
    { timeout: 30_000, interval: 100 },
  );
  await after.app.stop();
  expect(await topicsWith("rotated.")).toEqual(new Map());
}, 180_000);

/** Which topics of a prefix have the word in a file, and in which shape. */
async function topicsWith(prefix: string): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  const data = path.join(folder, "data");
  let files = 0;
  for (const name of await readdir(data, { recursive: true })) {
    const inTopic = name.startsWith(prefix);
    if (!inTopic && !name.startsWith("__")) continue;
    const bytes = await readFile(path.join(data, name)).catch(() => null);
    if (bytes === null) continue;
    files += inTopic && name.endsWith(".log") && bytes.length > 0 ? 1 : 0;
    for (const [shape, sought] of Object.entries(SHAPES)) {
      if (!bytes.includes(sought)) continue;
      const topic = path.dirname(name).replace(/-\d+$/, "");
      found.set(topic, (found.get(topic) ?? new Set()).add(shape));
    }
  }
  expect(files).toBeGreaterThan(10);
  return found;
}

/** What is the same of a text in base64 wherever it begins. */
function base64Of(text: string, shift: number): Buffer {
  const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString("base64");
  return Buffer.from(encoded.slice(shift === 0 ? 0 : 4, -4));
}
