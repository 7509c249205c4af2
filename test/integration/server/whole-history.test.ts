// The server's own history: of all partitions, while the journal grows, through restarts, and with word of what has changed.
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import type { LiveMessage } from "../../../server/contract/live.ts";
import { Hub } from "../../../server/live-hub.ts";
import { openWholeHistory, type WholeHistory } from "../../../server/whole-history.ts";
import { serveShop } from "../../support/server/served-shop.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-whole-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function orders(count: number, prefix: string): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({ name: "order/placed", data: {}, id: `${prefix}-${index}` }));
}

function completed({ database }: Pick<WholeHistory, "database">): number {
  return Number(database.prepare("SELECT count(*) AS n FROM run WHERE status = 'completed'").get()?.["n"]);
}

test("all partitions are in it, and it goes on where it was when the server starts again", async () => {
  {
    await using shop = await serveShop({ directory, partitions: 4 });
    await shop.ask("POST", "/events", orders(100, "a"));
    await expect.poll(() => completed(shop.history)).toBe(100);
    expect([shop.history.hasCaughtUp, shop.history.gaps()]).toEqual([true, []]);
  }
  const seen: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void seen.push(fields), error: (fields: object) => void seen.push(fields) };
  await using shop = await serveShop({ directory, partitions: 4, logger });
  expect(completed(shop.history)).toBe(100);
  await shop.ask("POST", "/events", orders(50, "b"));
  await expect.poll(() => completed(shop.history)).toBe(150);
  expect(shop.history.gaps()).toEqual([]);
  expect(seen).toEqual([]);
});

test("runs that changed are told by their ids once they can be asked for; where they are many, that they are", async () => {
  await using shop = await serveShop({ directory });
  const told: LiveMessage[] = [];
  const missing: string[] = [];
  shop.server.live.hear((message) => {
    told.push(message);
    if (message.type !== "runs") return;
    const known = shop.history.database.prepare("SELECT 1 FROM run WHERE id = ?");
    missing.push(...(message.ids ?? []).filter((id) => known.get(id) === undefined));
  });
  await shop.ask("POST", "/events", { name: "order/placed", data: {}, id: "one" });
  await expect.poll(() => told.some(({ type }) => type === "runs")).toBe(true);
  expect(told.some(({ type }) => type === "events")).toBe(true);
  const before = told.length;
  await shop.ask("POST", "/events", orders(1_000, "many"));
  await expect.poll(() => completed(shop.history), { timeout: 20_000 }).toBe(1_001);
  await expect.poll(() => told.slice(before).some((message) => message.type === "runs" && message.ids === null)).toBe(true);
  expect(missing).toEqual([]);
  // In beats: five a second, of a few kinds, and not one for each of thousands of records.
  expect(told.length - before).toBeLessThan(300);
});

test("it has caught up once it has had what was there; what came since is told as its lag", async () => {
  {
    await using shop = await serveShop({ directory });
    await shop.ask("POST", "/events", orders(300, "a"));
    await expect.poll(() => completed(shop.history)).toBe(300);
  }
  const log = await openEmbeddedLog({ path: path.join(directory, "log") });
  try {
    const file = path.join(directory, "anew/history.db");
    const history = await openWholeHistory({ file, log, topics: appTopics("shop"), partitions: 2, live: new Hub(), logger: silentLogger });
    expect([history.hasCaughtUp, history.lag()]).toEqual([false, null]);
    await expect.poll(() => history.hasCaughtUp).toBe(true);
    expect([history.lag(), completed(history)]).toEqual([0, 300]);
    await history.close();
  } finally {
    await log.close();
  }
});

test("servers that share a file feed it together, and none of them takes another's progress for trouble", async () => {
  const seen: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void seen.push(fields), error: (fields: object) => void seen.push(fields) };
  await using shop = await serveShop({ directory, partitions: 4, logger });
  const { log } = shop;
  const file = path.join(directory, "history.db");
  const other = await openWholeHistory({ file, log, topics: appTopics("shop"), partitions: 4, live: new Hub(), logger });
  for (let wave = 0; wave < 10; wave++) await shop.ask("POST", "/events", orders(50, `wave-${wave}`));
  await expect.poll(() => completed(other)).toBe(500);
  await expect.poll(() => [other.lag(), shop.history.lag()]).toEqual([0, 0]);
  expect([other.gaps(), shop.history.gaps(), seen]).toEqual([[], [], []]);
  await other.close();
});

test("pages of each of the servers that share a file hear of every change, whichever of them stored it", async () => {
  await using shop = await serveShop({ directory });
  const file = path.join(directory, "history.db");
  const elsewhere = new Hub();
  const other = await openWholeHistory({
    file,
    log: shop.log,
    topics: appTopics("shop"),
    partitions: 2,
    live: elsewhere,
    logger: silentLogger,
  });
  for (let wave = 0; wave < 8; wave++) {
    const deaf = new Set([shop.server.live, elsewhere]);
    const stop = [...deaf].map((live) => live.hear(({ type }) => void (type === "runs" && deaf.delete(live))));
    await shop.ask("POST", "/events", { name: "order/placed", data: {}, id: `shared-${wave}` });
    await expect.poll(() => deaf.size).toBe(0);
    await expect.poll(() => completed(other)).toBe(wave + 1);
    for (const forget of stop) forget();
  }
  await other.close();
});

test("a file that is deleted while the server runs is told, once; put back, it goes on", async () => {
  const errors: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) };
  await using shop = await serveShop({ directory, logger });
  await shop.ask("POST", "/events", orders(20, "a"));
  await expect.poll(() => completed(shop.history)).toBe(20);
  const [file, elsewhere] = [path.join(directory, "history.db"), path.join(directory, "elsewhere.db")];
  renameSync(file, elsewhere);
  await shop.ask("POST", "/events", orders(20, "b"));
  await expect.poll(() => shop.history.gaps().length).toBe(2);
  expect(shop.history.gaps()[0]).toMatch(/partition 0: nothing newer is in the history \(HISTORY_FILE_GONE\): .*history\.db was deleted/);
  expect(errors).toEqual([{ code: "HISTORY_FILE_GONE", reason: expect.stringContaining("history.db was deleted") as string }]);
  expect(completed(shop.history)).toBe(20);
  const { body } = await shop.ask("GET", "/app");
  expect(body).toMatchObject({ gaps: shop.history.gaps() });
  expect((body as { historyLag: number }).historyLag).toBeGreaterThan(0);
  renameSync(elsewhere, file);
  await expect.poll(() => completed(shop.history), { timeout: 20_000 }).toBe(40);
  await expect.poll(() => shop.history.gaps()).toEqual([]);
});

test("a journal that was made anew under its name is not mixed with what the history has: that is told, and the rest goes on", async () => {
  {
    await using shop = await serveShop({ directory });
    await shop.ask("POST", "/events", orders(20, "a"));
    await expect.poll(() => completed(shop.history)).toBe(20);
  }
  rmSync(path.join(directory, "log"), { recursive: true });
  await using shop = await serveShop({ directory });
  await expect.poll(() => shop.history.gaps().length).toBe(2);
  expect(shop.history.gaps()[0]).toMatch(/partition 0: nothing newer is in the history \(SINK_(PAST_END|TOPIC_RECREATED)\)/);
  const ready = await fetch(`${shop.url}/health/ready`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ history: "incomplete" });
  // Not 0, as if all were well: how far behind it is, nobody looks at any more.
  expect((await shop.ask("GET", "/app")).body).toMatchObject({ historyLag: null, gaps: shop.history.gaps() });
});
