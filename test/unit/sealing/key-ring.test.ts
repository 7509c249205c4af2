// Keys of subjects in their topic: made once, followed by all, and gone for good.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readSealed, sealedText } from "../../../engine/core/sealing.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { KeyRing } from "../../../engine/sealing/key-ring.ts";
import { shown } from "../../../engine/sealing/shown.ts";
import { until } from "../../support/faults/until.ts";

const TOPIC = "shop.keys";
let log: Log;
let rings: KeyRing[];

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  rings = [];
  await log.createTopics([{ topic: TOPIC, partitions: 1, settings: { "cleanup.policy": "compact" } }]);
});

afterEach(async () => {
  await Promise.all(rings.map((ring) => ring.close()));
  await log.close();
});

async function ring(app = "shop"): Promise<KeyRing> {
  const opened = await KeyRing.open({ log, topic: TOPIC, app, logger: silentLogger });
  rings.push(opened);
  return opened;
}

test("what one process seals another opens, at once or as soon as it knows the key", async () => {
  const [a, b] = [await ring(), await ring()];
  const sealed = await a.seal("user-42", `{"name":"Ada"}`);
  expect(sealed).not.toContain("Ada");
  expect(JSON.parse(sealed)).toEqual({ $sealed: { v: 1, k: expect.any(String) as string, d: expect.any(String) as string } });
  const opened = b.open(sealed);
  if (opened.kind === "unknown") await opened.known;
  expect(b.open(sealed)).toEqual({ kind: "open", text: `{"name":"Ada"}` });
  expect((await ring()).open(sealed)).toEqual({ kind: "open", text: `{"name":"Ada"}` });
  expect(b.sealLike(sealed, `{"name":"Ada"}`)).toBe(sealed);
  expect(b.open(b.sealLike(sealed, `"more"`))).toEqual({ kind: "open", text: `"more"` });
  expect([b.open(`{"a":1}`), b.sealLike(`{"a":1}`, "2")]).toEqual([{ kind: "open", text: `{"a":1}` }, "2"]);
});

test("many at once for one subject make one key; two processes may make one each, and both open", async () => {
  const [a, b] = [await ring(), await ring()];
  const texts = await Promise.all([1, 2, 3].flatMap((n) => [a.seal("u", String(n)), b.seal("u", String(n + 10))]));
  expect(new Set(texts.map((text) => readSealed(text)?.key)).size).toBeLessThanOrEqual(2);
  await until("both know both", () => texts.every((text) => a.open(text).kind === "open" && b.open(text).kind === "open"));
  expect(a.subjects).toBe(1);
});

test("what is erased is gone in every process, those that come later too, and what is new is under another key", async () => {
  const [a, b] = [await ring(), await ring()];
  const [mine, other] = [await a.seal("u", "1"), await a.seal("v", "2")];
  expect(await b.erase("u")).toBe(1);
  await until("a has heard", () => a.open(mine).kind === "erased");
  for (const one of [a, b, await ring()]) {
    expect(one.open(mine)).toEqual({ kind: "erased" });
    expect(one.open(other)).toEqual({ kind: "open", text: "2" });
    expect(one.open(one.sealLike(mine, "late"))).toEqual({ kind: "erased" });
  }
  const again = await a.seal("u", "3");
  expect(readSealed(again)?.key).not.toBe(readSealed(mine)?.key);
  expect(a.open(again)).toEqual({ kind: "open", text: "3" });
  expect([await b.erase("u"), await b.erase("u"), await b.erase("nobody")]).toEqual([1, 0, 0]);
});

test("a key that comes back after its erasure is not taken, and the same subject of another app has other keys", async () => {
  const [a, other] = [await ring(), await ring("other")];
  const sealed = await a.seal("u", "1");
  const [record] = (await recordsOf()).slice(-1);
  await a.erase("u");
  await log.append({ topic: TOPIC, partition: 0 }, [{ key: record?.key ?? null, value: record?.value ?? null, headers: {} }]);
  const late = await other.seal("u", "2");
  expect(a.open(sealed)).toEqual({ kind: "erased" });
  expect(await a.erase("u")).toBe(0);
  expect(other.open(late)).toEqual({ kind: "open", text: "2" });
});

test("who is caught up knows all keys that others had made by then", async () => {
  const [a, b] = [await ring(), await ring()];
  for (let n = 0; n < 20; n++) {
    const sealed = await a.seal(`u${n}`, "1");
    await b.caughtUp(new AbortController().signal);
    expect(b.open(sealed)).toEqual({ kind: "open", text: "1" });
  }
  await expect(b.caughtUp(AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
});

test("of what is asked for when it is closed nothing is said, however often who asks would ask again", async () => {
  const [a, b] = [await ring(), await ring()];
  await b.close();
  const opened = b.open(await a.seal("u", "1"));
  let told = 0;
  if (opened.kind === "unknown") void opened.known.then(() => (told += 1));
  await a.seal("v", "2");
  expect([opened.kind, told]).toEqual(["unknown", 0]);
});

test("an event with more made-up keys than are remembered is shown with a mark for each, and the log is hardly asked", async () => {
  const [a, other] = [await ring(), await ring()];
  const real = await other.seal("u", `"Ada"`);
  const madeUp = Array.from({ length: 10_001 }, (_, n) =>
    sealedText({ key: `${n.toString(16).padStart(32, "0")}.0123456789abcdef`, data: "" }),
  );
  const latestOffset = vi.spyOn(log, "latestOffset");
  const { data } = await shown(a, { data: `[${[...madeUp, real].join()}]` });
  expect(latestOffset.mock.calls.length).toBeLessThanOrEqual(2);
  const opened = JSON.parse(data) as readonly unknown[];
  expect(opened.at(-1)).toBe("Ada");
  expect(new Set(opened.slice(0, -1).map((one) => JSON.stringify(one)))).toEqual(new Set(['{"$erased":true}']));
});

test("what was altered, or is just like a sealed text, opens as nothing that it is not", async () => {
  const a = await ring();
  const sealed = await a.seal("u", "secret");
  const { key = "" } = readSealed(sealed) ?? {};
  const altered = sealed.replace(/"d":"(.)/, (_, first: string) => `"d":"${first === "A" ? "B" : "A"}`);
  expect(a.open(altered)).toEqual({ kind: "erased" });
  expect(a.open(`{"$sealed":{"v":1,"k":"${key}","d":""}}`)).toEqual({ kind: "erased" });
  for (const text of [`{"$sealed":1}`, `{"$sealed":{"v":1,"k":"x","d":""}}`, `{"$sealed":{"v":2,"k":"${key}","d":""}}`])
    expect(a.open(text)).toEqual({ kind: "open", text });
  const forged = `{"$sealed":{"v":1,"k":"${"0".repeat(32)}.${"0".repeat(16)}","d":"AAAA"}}`;
  const unknown = a.open(forged);
  if (unknown.kind !== "unknown") throw new Error("it cannot be known yet");
  await unknown.known;
  expect(a.open(forged)).toEqual({ kind: "erased" });
});

async function recordsOf(): Promise<readonly { readonly key: Buffer | null; readonly value: Buffer | null }[]> {
  const target = { topic: TOPIC, partition: 0 };
  const end = await log.latestOffset(target);
  const reader = log.openReader({ ...target, from: 0 });
  const records: { key: Buffer | null; value: Buffer | null }[] = [];
  for (let next = 0; next < end;) {
    const batch = await reader.next();
    records.push(...batch.records);
    next = batch.nextOffset;
  }
  reader.close();
  return records;
}
