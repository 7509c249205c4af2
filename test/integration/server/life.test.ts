// The server's life: ready when it has what it needs, and closed in good order.
import { expect, test, vi } from "vitest";
import type { TaskStatus } from "../../../engine/task/status.ts";
import { readiness } from "../../../server/readiness.ts";
import type { AppHandle } from "../../../server/served-app.ts";
import { RawClient } from "../../support/server/raw-client.ts";
import { serveShop } from "../../support/server/served-shop.ts";

async function ready(url: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, body: await response.json() };
}

test("it is ready when the app has started; how far the history is, it says, and waits for it no more", async () => {
  let isStarted = false;
  let hasCaughtUp = false;
  const history = {
    isNew: false,
    get hasCaughtUp() {
      return hasCaughtUp;
    },
    lag: () => null,
    gaps: () => gaps,
  };
  const gaps: string[] = [];
  await using shop = await serveShop({ options: { isStarted: () => isStarted, history } });
  expect(await ready(shop.url)).toEqual({ status: 503, body: { status: "starting", waitsFor: ["the app to start"], history: "reading" } });
  isStarted = true;
  expect(await ready(shop.url)).toEqual({ status: 200, body: { status: "ready", history: "reading" } });
  hasCaughtUp = true;
  expect(await ready(shop.url)).toEqual({ status: 200, body: { status: "ready", history: "complete" } });
  gaps.push("partition 0: the disk is full");
  expect(await ready(shop.url)).toEqual({ status: 200, body: { status: "ready", history: "incomplete" } });
  expect((await fetch(`${shop.url}/health/live`)).status).toBe(200);
});

test("a partition that is not restored, or has stopped, is waited for by name; one that is handed over is still served", () => {
  const report = { problems: [], openRuns: 0, executingSteps: 0, backfills: [] };
  const waitsFor = (...statuses: TaskStatus[]): readonly string[] => {
    const app = { status: () => statuses.map((status, partition) => ({ ...report, partition, status })) };
    return readiness({ app: app as unknown as Pick<AppHandle, "status"> }, { history: null, isStarted: true }).waitsFor;
  };
  expect(waitsFor("RUNNING", "LEAVING")).toEqual([]);
  expect(waitsFor("RUNNING", "RESTORING", "CLOSED")).toEqual(["partitions: 1 (RESTORING), 2 (CLOSED)"]);
});

test("closing ends live streams and operations, answers what is being asked, and takes nothing new", async () => {
  await using shop = await serveShop();
  using stream = new RawClient(shop.port);
  await stream.request("GET /api/v1/live");
  await stream.until(({ status }) => status !== null);
  using slow = new RawClient(shop.port);
  await slow.request("POST /api/v1/events", { "content-type": "application/json", "content-length": "26" });
  await slow.write('{"name":"noted",');
  const { operations } = shop.server;
  const { id } = operations.start({ kind: "verify", title: "", actor: "test" }, ({ signal }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve());
    return promise;
  });
  const closing = shop.server.close();
  await slow.write('"data":1}\n');
  await slow.until(({ status }) => status !== null);
  await closing;
  await stream.until(({ text }) => text.endsWith("0\r\n\r\n"));
  expect([slow.status, operations.get(id)?.state, stream.text.endsWith("0\r\n\r\n")]).toEqual([200, "stopped", true]);
  await expect(fetch(`${shop.url}/health/live`)).rejects.toThrow("fetch failed");
  await shop.server.close();
});

test("closing answers those who wait for a result, as it is then", async () => {
  const { promise: forever, resolve: letEnd } = Promise.withResolvers<void>();
  const { promise: begun, resolve: began } = Promise.withResolvers<void>();
  await using shop = await serveShop({
    declare: (app) =>
      app.createFunction({ id: "slow", triggers: [{ event: "came" }] }, async ({ step }) => {
        await step.run("wait", () => {
          began();
          return forever;
        });
      }),
  });
  await shop.ask("POST", "/events", { name: "came", data: null });
  await begun;
  const [run] = await vi.waitFor(async () => {
    const { items } = (await shop.ask("GET", "/runs")).body as { readonly items: readonly [{ readonly id: string }] };
    expect(items).toHaveLength(1);
    return items;
  }, 15_000);
  const heard = Promise.withResolvers<void>();
  const { live } = shop.server;
  const hear = live.hear.bind(live);
  live.hear = (listener) => {
    heard.resolve();
    return hear(listener);
  };
  const waits = shop.ask("GET", `/runs/${run.id}/wait?timeout=60`);
  await heard.promise;
  const since = performance.now();
  await shop.server.close();
  expect(await waits).toMatchObject({ status: 200, body: { id: run.id, status: "running", isOver: false } });
  // Not cut off when all patience is over.
  expect(performance.now() - since).toBeLessThan(4_000);
  letEnd();
});

test("closing answers what it has read of a stream of events, and ends it in order: lines without an answer were not sent", async () => {
  await using shop = await serveShop({ options: { limits: { lingerMs: 50 } } });
  using client = new RawClient(shop.port);
  await client.request("POST /api/v1/events", { "content-type": "application/x-ndjson", "transfer-encoding": "chunked" });
  const line = '{"name":"noted","data":1,"id":"a"}\n';
  await client.write(`${line.length.toString(16)}\r\n${line}\r\n`);
  await client.until(({ text }) => text.includes('{"id":"a"}'));
  const since = performance.now();
  await shop.server.close();
  await client.closed();
  expect(client.text.endsWith("0\r\n\r\n")).toBe(true);
  // Not cut off when all patience is over.
  expect(performance.now() - since).toBeLessThan(4_000);
});

test("a port that is taken is said so", async () => {
  await using shop = await serveShop();
  await expect(shop.server.listen({ port: shop.port, host: "127.0.0.1" })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
