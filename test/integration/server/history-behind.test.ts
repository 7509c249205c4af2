// Runs that the history does not have, since it is made anew or has stopped: whom people tell is the partition, which knows them.
import path from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openToAsk, type HistoryDatabase } from "../../../consumers/run-history/database.ts";
import { RunHistory } from "../../../consumers/run-history/run-history-sink.ts";
import { deriveRunId } from "../../../engine/core/ids.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { createServer, type Server } from "../../../server/app.ts";
import type { AuditEntry } from "../../../server/contract/audit.ts";
import type { HistoryProgress } from "../../../server/served-app.ts";
import { serveShop, type ServedShop } from "../../support/server/served-shop.ts";

let shop: ServedShop;
let directory: string;
let empty: HistoryDatabase;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "millrace-behind-"));
  shop = await serveShop({
    declare: (app) => app.createFunction({ id: "sleeper", triggers: [{ event: "came" }] }, ({ step }) => step.sleep("nap", "1 hour")),
  });
  const file = path.join(directory, "empty.db");
  new RunHistory(file, { app: "shop", topic: shop.served.topics.journal })[Symbol.dispose]();
  empty = openToAsk(file);
}, 30_000);

afterAll(async () => {
  empty.close();
  await shop[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const COMPLETE: HistoryProgress = { hasCaughtUp: true, isNew: false, lag: () => 0, gaps: () => [] };
const ANEW: HistoryProgress = { ...COMPLETE, hasCaughtUp: false, lag: () => null };
const STOPPED: HistoryProgress = {
  ...COMPLETE,
  lag: () => null,
  gaps: () => ["partition 1: nothing newer is in the history (SINK_MISSING_HISTORY)"],
};
const BEHIND: HistoryProgress = { ...COMPLETE, lag: () => 7 };

/** Another server of the same app, whose history is like this. */
function serverWith(history: HistoryProgress, database: HistoryDatabase): Server {
  return createServer(
    { ...shop.served, history: database },
    { mode: "dev", access: { kind: "open" }, version: "0.0.0", logger: silentLogger, history },
  );
}

async function post(server: Server, at: string): Promise<{ readonly status: number; readonly code?: string; readonly detail: string }> {
  const response = await server.fetch(new Request(`http://localhost/api/v1${at}`, { method: "POST", headers: { host: "localhost" } }));
  return { status: response.status, ...((await response.json()) as { code?: string; detail: string }) };
}

let sent = 0;
async function sleeping(): Promise<string> {
  const id = `e${sent++}`;
  await shop.app.send({ name: "came", data: null, id });
  return vi.waitFor(
    async () => {
      const { body } = await shop.ask("GET", `/runs?search=${id}&status=running`);
      const [run] = (body as { items: { id: string }[] }).items;
      if (run === undefined) throw new Error("it does not run yet");
      return run.id;
    },
    { timeout: 15_000, interval: 30 },
  );
}

test.each([
  ["is made anew", ANEW, "read for the first time"],
  ["has stopped", STOPPED, "SINK_MISSING_HISTORY"],
  ["is behind", BEHIND, "7 records behind"],
])("a run is cancelled while the history %s, and the audit says so", { timeout: 30_000 }, async (_, progress, why) => {
  const run = await sleeping();
  const server = serverWith(progress, empty);
  const answer = await post(server, `/runs/${run}/cancel`);
  expect([answer.status, answer.detail]).toEqual([202, expect.stringContaining(why)]);
  await vi.waitFor(async () => expect((await shop.ask("GET", `/runs/${run}`)).body).toMatchObject({ status: "cancelled" }), 15_000);
  const { items } = (await shop.ask("GET", "/audit")).body as { readonly items: readonly AuditEntry[] };
  expect(items[0]).toMatchObject({ operation: "run.cancel", target: run, outcome: "asked" });
  await server.close();
});

test("a run is let go on while the history lacks it, or may not have heard that it is parked", { timeout: 30_000 }, async () => {
  const run = await sleeping();
  for (const [progress, database, status] of [
    [ANEW, empty, 202],
    [STOPPED, shop.served.history, 202],
    [BEHIND, shop.served.history, 409],
    [COMPLETE, shop.served.history, 409],
  ] as const) {
    const server = serverWith(progress, database);
    expect(await post(server, `/runs/${run}/release`)).toMatchObject({ status });
    await server.close();
  }
});

test("a re-run, which needs the history, is answered with what that lacks", { timeout: 30_000 }, async () => {
  const run = await sleeping();
  const server = serverWith(STOPPED, empty);
  const answer = await post(server, `/runs/${run}/rerun`);
  expect(answer).toMatchObject({ status: 503, code: "NOT_READY" });
  expect(answer.detail).toMatch(/SINK_MISSING_HISTORY.*millrace replay/);
  await server.close();
});

test("a run that a complete history does not have, or that no partition can have, is not there", async () => {
  const [unknown, impossible] = [deriveRunId(Date.now(), 1, "sleeper", "nobody"), deriveRunId(Date.now(), 5, "sleeper", "nobody")];
  for (const [progress, run] of [
    [COMPLETE, unknown],
    [ANEW, impossible],
  ] as const) {
    const server = serverWith(progress, empty);
    for (const action of ["cancel", "release"]) {
      expect(await post(server, `/runs/${run}/${action}`)).toMatchObject({ status: 404, code: "NOT_FOUND" });
    }
    await server.close();
  }
});
