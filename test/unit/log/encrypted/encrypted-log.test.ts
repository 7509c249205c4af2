// A log behind a codec: what stands in it, what passes, and what stops a reader.
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { aesGcmCodec } from "../../../../engine/log/encrypted/aes-gcm-codec.ts";
import type { Codec } from "../../../../engine/log/encrypted/codec.ts";
import { openEncryptedLog } from "../../../../engine/log/encrypted/encrypted-log.ts";
import { openEmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import type { Log, LogRecord, PartitionReader } from "../../../../engine/log/log.ts";

const [first, second] = [randomBytes(32), randomBytes(32)];
const OLD = aesGcmCodec({ keys: { old: first }, current: "old" });
const NEW = aesGcmCodec({ keys: { old: first, new: second }, current: "new", names: "old" });
const EVENTS = { topic: "shop.events", partition: 0 };
const SECRET: LogRecord = {
  key: Buffer.from("ada@example.org"),
  value: Buffer.from("four and twenty"),
  headers: { ce_type: "order/placed", note: "for Ada" },
};

async function topics(): Promise<Log & AsyncDisposable> {
  const log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics(["shop.events", "shop.state", "billing"].map((topic) => ({ topic, partitions: 1, settings: {} })));
  return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
}

function behind(log: Log, codec: Codec | null): Promise<Log> {
  return openEncryptedLog(log, { codec, isOwn: (topic) => topic.startsWith("shop.") });
}

function reading(log: Log, from = 0, target = EVENTS): PartitionReader {
  return log.openReader({ ...target, from });
}

async function texts(reader: PartitionReader): Promise<(string | undefined)[]> {
  return (await reader.next()).records.map(({ value }) => value?.toString());
}

test("the log has neither the value, nor the key, nor what a header says of somebody; who reads has all of it", async () => {
  await using log = await topics();
  await (await behind(log, OLD)).append(EVENTS, [SECRET]);
  const [stored] = (await reading(log).next()).records;
  const all = Buffer.concat([stored?.key ?? Buffer.alloc(0), stored?.value ?? Buffer.alloc(0), ...Object.values(stored?.headers ?? {})]);
  for (const secret of ["ada", "twenty", "Ada"]) expect(all.includes(secret)).toBe(false);
  expect(String(stored?.headers["ce_type"])).toBe("order/placed");
  const [read] = (await reading(await behind(log, OLD)).next()).records;
  expect(read).toMatchObject({ offset: 0, key: SECRET.key, value: SECRET.value, headers: { note: Buffer.from("for Ada") } });
});

test("what was written plain is read as it is, and so is what is not the app's own", async () => {
  await using log = await topics();
  await log.append(EVENTS, [{ key: null, value: Buffer.from("from before") }]);
  const encrypted = await behind(log, OLD);
  const foreign = { topic: "billing", partition: 0 };
  await encrypted.append(foreign, [{ key: null, value: Buffer.from("for others") }]);
  expect(await texts(reading(encrypted))).toEqual(["from before"]);
  expect(await texts(reading(log, 0, foreign))).toEqual(["for others"]);
});

test("a key takes over from another: both are read, and names stay as they are hidden", async () => {
  await using log = await topics();
  await (await behind(log, OLD)).append(EVENTS, [SECRET]);
  const rotated = await behind(log, NEW);
  await rotated.append(EVENTS, [{ key: SECRET.key, value: null }]);
  const stored = (await reading(log).next()).records;
  expect(stored[0]?.key?.equals(stored[1]?.key ?? Buffer.alloc(0))).toBe(true);
  expect(stored[1]?.value).toBeNull();
  const read = (await reading(rotated).next()).records;
  expect(read.map(({ key, value }) => [String(key), value?.toString()])).toEqual([
    ["ada@example.org", "four and twenty"],
    ["ada@example.org", undefined],
  ]);
});

test("a missing key is named, what came before it is handed on, and nothing is skipped", async () => {
  await using log = await topics();
  await log.append(EVENTS, [{ key: null, value: Buffer.from("plain") }]);
  await (await behind(log, NEW)).append(EVENTS, [{ key: null, value: Buffer.from("hidden") }]);
  await log.append(EVENTS, [{ key: null, value: Buffer.from("behind it") }]);
  const reader = reading(await behind(log, OLD));
  const { records, nextOffset } = await reader.next();
  expect([records.length, nextOffset]).toEqual([1, 1]);
  const missing = {
    family: "log",
    code: "LOG_KEY_MISSING",
    message: expect.stringContaining('offset 1 is encrypted with the key "new"') as unknown,
  };
  await expect(reader.next()).rejects.toMatchObject(missing);
  await expect(reader.next()).rejects.toMatchObject(missing);
  expect(await texts(reading(await behind(log, NEW), 1))).toEqual(["hidden", "behind it"]);
});

test("without a codec, what is encrypted is told from what is damaged", async () => {
  await using log = await topics();
  await (await behind(log, OLD)).append(EVENTS, [SECRET]);
  const problem = { code: "LOG_KEY_MISSING", message: expect.stringMatching(/key "old", and there is no codec here/) as unknown };
  await expect(reading(await behind(log, null)).next()).rejects.toMatchObject(problem);
});

test("a wrong key of the same name, and bytes of another record, open nothing", async () => {
  await using log = await topics();
  await (await behind(log, OLD)).append(EVENTS, [SECRET]);
  const wrong = await behind(log, aesGcmCodec({ keys: { old: second }, current: "old" }));
  await expect(reading(wrong).next()).rejects.toMatchObject({
    code: "LOG_UNDECIPHERABLE",
    message: expect.stringContaining('key "old"') as unknown,
  });
  const [stored] = (await reading(log).next()).records;
  for (const moved of [{ topic: "shop.state", partition: 0 }, EVENTS]) {
    // To another topic; and in the place of what stands under another key.
    const { baseOffset } = await log.append(moved, [
      { key: moved === EVENTS ? null : (stored?.key ?? null), value: stored?.value ?? null },
    ]);
    const reader = reading(await behind(log, OLD), baseOffset, moved);
    await expect(reader.next()).rejects.toMatchObject({ code: "LOG_UNDECIPHERABLE" });
  }
});

test("a codec that hides names otherwise than before is refused where it reads them: compaction would keep both", async () => {
  await using log = await topics();
  await (await behind(log, OLD)).append(EVENTS, [SECRET]);
  const renamed = await behind(log, aesGcmCodec({ keys: { old: first, new: second }, current: "new", names: "new" }));
  const problem = { code: "LOG_KEY_MISSING", message: expect.stringContaining('give the codec names: "old"') as unknown };
  await expect(reading(renamed).next()).rejects.toMatchObject(problem);
});

test("a codec gets ready before the first record, and its failure is the caller's", async () => {
  await using log = await topics();
  const failing = Object.assign(Object.create(OLD) as Codec, { open: () => Promise.reject(new Error("the key service is away")) });
  await expect(behind(log, failing)).rejects.toThrow("the key service is away");
});
