// The audit: in the log before anything is done, and read from the log.
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogError } from "../../../engine/log/errors.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { AuditLog } from "../../../server/audit/audit-log.ts";
import { auditTopicSpec, checkAuditTopic } from "../../../server/audit/audit-topic.ts";
import type { AuditEntry } from "../../../server/contract/audit.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

let shop: ServedShop;
let audit: AuditLog;
const topic = "shop.audit";
beforeAll(async () => {
  shop = await serveShop();
  audit = new AuditLog(shop.log, shop.served.topics);
});
afterAll(() => shop[Symbol.asyncDispose]());

interface Page {
  readonly items: readonly AuditEntry[];
  readonly next: string | null;
}

async function page(query = ""): Promise<Page> {
  const { status, body } = await shop.ask("GET", `/audit${query}`);
  expect(status).toBe(200);
  return body as Page;
}

async function pages(query: string): Promise<readonly AuditEntry[]> {
  const all: AuditEntry[] = [];
  for (let next: string | null = ""; next !== null;) {
    const read: Page = await page(`?${query}${next === "" ? "" : `&cursor=${next}`}`);
    all.push(...read.items);
    ({ next } = read);
  }
  return all;
}

test("who only looks makes no topic", async () => {
  expect(await page()).toEqual({ items: [], next: null });
  expect(await shop.log.describeTopic(topic)).toBeNull();
});

test("a server that may make no topics says how to make this one, and begins where it is there", async () => {
  await expect(checkAuditTopic(shop.log, shop.served.topics)).rejects.toMatchObject({
    code: "TOPICS_MISSING",
    message: expect.stringMatching(/--create --if-not-exists --topic shop\.audit --partitions 1 .*retention\.ms=-1/) as string,
  });
  expect(await shop.log.describeTopic(topic)).toBeNull();
  const bare = appTopics("other");
  await shop.log.createTopics([auditTopicSpec(bare)]);
  await checkAuditTopic(shop.log, bare);
});

test("what was asked, and that it failed, are two entries, the second with the first's id", async () => {
  const asked = await audit.asked({ actor: "alice", operation: "run.cancel", target: "r-1", parameters: { reason: "why" } });
  await asked.failed("there is none");
  const [failed, first] = (await page()).items;
  expect(first).toMatchObject({
    actor: "alice",
    operation: "run.cancel",
    target: "r-1",
    parameters: '{"reason":"why"}',
    outcome: "asked",
    of: null,
  });
  expect(failed).toMatchObject({ actor: "alice", outcome: "failed", detail: "there is none", of: first?.id });
});

test("its topic is kept for good", async () => {
  const description = await shop.log.describeTopic(topic);
  expect(description).toMatchObject({ partitions: 1, settings: { "cleanup.policy": "delete" } });
});

test("pages are whole and in order, whatever their size, and whoever else writes into the topic", async () => {
  for (let n = 0; n < 60; n++) {
    await audit.asked({ actor: "bob", operation: "function.pause", target: `f-${n % 3}` });
    if (n % 20 === 0) await shop.log.append({ topic, partition: 0 }, [{ key: null, value: Buffer.from("no entry") }]);
  }
  for (const limit of [1, 7, 500]) {
    const ids = (await pages(`limit=${limit}`)).map(({ id }) => Number(id));
    expect(ids).toHaveLength(62);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
  }
  const ofOne = await pages("limit=7&target=f-1");
  expect(ofOne).toHaveLength(20);
  expect(ofOne.every(({ target }) => target === "f-1")).toBe(true);
});

test("a page begins where the one before ended, also while entries are added", async () => {
  const first = await page("?limit=10");
  await audit.asked({ actor: "carl", operation: "function.resume", target: "f-9" });
  const second = await page(`?limit=10&cursor=${first.next ?? ""}`);
  const ids = [...first.items, ...second.items].map(({ id }) => id);
  expect(new Set(ids).size).toBe(20);
  expect(ids).not.toContain((await page("?limit=1")).items[0]?.id);
});

test("parameters are bounded: a list of ten thousand ids is not kept whole", async () => {
  const runs = Array.from({ length: 10_000 }, (_, index) => `run-${index}`);
  await audit.asked({ actor: "alice", operation: "replay.apply", target: "long", parameters: { runs } });
  const [entry] = (await page("?limit=1")).items;
  expect(entry?.parameters.length).toBeLessThan(30_000);
});

test("what the log does not take is not done", async () => {
  const refusing = new AuditLog(
    { ...shop.log, describeTopic: () => Promise.reject(new LogError("LOG_UNAVAILABLE", "gone", { retriable: true })) },
    shop.served.topics,
  );
  await expect(refusing.asked({ actor: "alice", operation: "run.cancel", target: "r-1" })).rejects.toMatchObject({
    code: "LOG_UNAVAILABLE",
  });
});
