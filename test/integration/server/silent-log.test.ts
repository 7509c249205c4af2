// A log that says nothing for as long as it likes: whoever asks the server is told so, and what needs no log is answered.
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbeddedLog, type EmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { createServer } from "../../../server/app.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import type { Log } from "../../../engine/log/log.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

let log: EmbeddedLog;
let shop: ServedShop;
beforeAll(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  shop = await serveShop({ log });
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await log.close();
});

const never = new Promise<never>(() => {});

/** It has stopped in the middle of all that is asked of it. */
const silent = new Proxy<Log>({} as Log, { get: () => () => never });

interface Told {
  readonly status: number;
  readonly code: string | null;
  readonly detail: string;
}

async function ask(method: string, path: string, answerMs = 200): Promise<Told> {
  const server = createServer(
    { ...shop.served, log: silent },
    { mode: "dev", access: { kind: "open" }, version: "0.0.0", logger: silentLogger, limits: { answerMs } },
  );
  const headers = { host: "localhost", "content-type": "application/json" };
  const body = method === "POST" ? { body: "{}" } : {};
  const answer = await server.fetch(new Request(`http://localhost/api/v1${path}`, { method, headers, ...body }));
  const told = (await answer.json()) as Partial<Told>;
  return { code: null, detail: "", ...told, status: answer.status };
}

const QUESTIONS = ["/audit", "/consumers", "/dead-letters", "/functions", "/lag", "/partitions"];

test.each(QUESTIONS)("GET %s is told that the log does not answer", async (path) => {
  expect(await ask("GET", path)).toMatchObject({
    status: 503,
    code: "LOG_UNAVAILABLE",
    detail: expect.stringContaining("ask again") as string,
  });
});

test("who wants something done is told that it may still be", async () => {
  expect(await ask("POST", "/partitions/verify")).toMatchObject({
    status: 503,
    code: "LOG_UNAVAILABLE",
    detail: expect.stringContaining("may still be done") as string,
  });
});

test("lists of the run history are answered all the same", async () => {
  expect((await ask("GET", "/runs")).status).toBe(200);
  expect((await ask("GET", "/runs/counts")).status).toBe(200);
});

test("what the server serves is told, but for who runs it", async () => {
  expect(await ask("GET", "/app", 5_000)).toMatchObject({ status: 200, id: "shop", workers: null });
});

test("who waits for a result has the time that it asked for", async () => {
  expect((await ask("GET", "/runs/01M81KDHHZ000GT3HB4TW4NME9/wait?timeout=1")).status).toBe(404);
});
