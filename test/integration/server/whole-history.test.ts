// The server's own history: of all partitions, while the journal grows, through restarts, and with word of what has changed.
import { mkdtempSync, rmSync } from "node:fs";
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
    await expect.poll(() => completed(shop.history), { timeout: 10_000 }).toBe(100);
    expect([shop.history.hasCaughtUp, shop.history.gaps()]).toEqual([true, []]);
  }
  const seen: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void seen.push(fields), error: (fields: object) => void seen.push(fields) };
  await using shop = await serveShop({ directory, partitions: 4, logger });
  expect(completed(shop.history)).toBe(100);
  await shop.ask("POST", "/events", orders(50, "b"));
  await expect.poll(() => completed(shop.history), { timeout: 10_000 }).toBe(150);
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

test("it is not ready before it has had what was there; what came since is told as its lag", async () => {
  {
    await using shop = await serveShop({ directory });
    await shop.ask("POST", "/events", orders(300, "a"));
    await expect.poll(() => completed(shop.history), { timeout: 10_000 }).toBe(300);
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
  expect((await shop.ask("GET", "/app")).body).toMatchObject({ gaps: shop.history.gaps() });
});
