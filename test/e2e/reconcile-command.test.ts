// `millrace reconcile --start`, ended by Ctrl-C: the command that it prints starts the rest, and each event has one run.
import { execPath } from "node:process";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbeddedLog } from "../../engine/log/embedded/embedded-log.ts";
import { Millrace, type ForeignTopic } from "../../engine/sdk/index.ts";
import { silentPino } from "../../engine/sdk/testing.ts";
import { appTopics } from "../../engine/task/app-topics.ts";
import { auditPage } from "../../server/audit/audit-pages.ts";
import { until } from "../support/faults/until.ts";
import { said } from "./client/shell.ts";
import { DevRun, ROOT } from "./dev/dev-run.ts";

const EVENTS = 2_000;
/** The same function as that of `shop`, with a mapping that is mended: it makes events of all records. */
const MODULE = `
import { Millrace } from "millrace";
const sources = [{ topic: "orders", from: "beginning", event: () => "counted", id: ({ data }) => data.id }];
export const app = new Millrace({ id: "shop", partitions: 1, log: { kind: "embedded", path: "log" }, sources });
app.createFunction({ id: "count", triggers: [{ event: "counted" }] }, async () => null);
`;
/** All of them are older than that when it looks. */
const WORDS = ["reconcile", "app.ts", "--function", "count", "--within", "1 ms"];
let run: DevRun;

beforeAll(async () => {
  run = await DevRun.in({ "app.ts": MODULE });
});
afterAll(() => run[Symbol.asyncDispose]());

interface Order {
  readonly id: string;
  readonly n: number;
}

/** `isEvent`: which records a mapping makes events of. */
function shop(isEvent: (order: Order) => boolean, handled: string[]): Millrace {
  const log = { kind: "embedded" as const, path: path.join(run.folder, "log") };
  const source: ForeignTopic = {
    topic: "orders",
    from: "beginning",
    event: ({ data }) => (isEvent(data as Order) ? "counted" : null),
    id: ({ data }) => (data as Order).id,
  };
  const app = new Millrace({ id: "shop", partitions: 1, log, sources: [source], logger: silentPino });
  app.createFunction({ id: "count", triggers: [{ event: "counted" }] }, ({ event }) => {
    handled.push(event.id);
    return Promise.resolve(null);
  });
  return app;
}

function millrace(...words: readonly string[]): ReturnType<typeof spawn> {
  return spawn(execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...words], {
    cwd: run.folder,
    env: { ...process.env, LOG_LEVEL: "warn" },
  });
}

async function audited(): Promise<readonly (readonly [operation: string, outcome: string, target: string, actor: string])[]> {
  const log = await openEmbeddedLog({ path: path.join(run.folder, "log") });
  try {
    const question = { limit: 100, before: null, target: null };
    const { items } = await auditPage(log, appTopics("shop"), question, AbortSignal.timeout(10_000));
    return items
      .toReversed()
      .map(({ operation, outcome, target, actor }) => [operation, outcome, target, actor.replace(/:.*/, "")] as const);
  } finally {
    await log.close();
  }
}

async function put(orders: readonly Order[]): Promise<void> {
  const log = await openEmbeddedLog({ path: path.join(run.folder, "log") });
  try {
    await log.createTopics([{ topic: "orders", partitions: 1, settings: {} }]);
    const records = orders.map((order) => ({ key: null, value: Buffer.from(JSON.stringify(order)), headers: {} }));
    await log.append({ topic: "orders", partition: 0 }, records);
  } finally {
    await log.close();
  }
}

test("what is missing is started once, also where that is ended by Ctrl-C and given again", { timeout: 180_000 }, async () => {
  const ids = Array.from({ length: EVENTS }, (_, n) => `e${n}`);
  await put([...ids.map((id, n) => ({ id, n })), { id: "last", n: -1 }]);
  const before: string[] = [];
  // Its mapping passes over records that mattered.
  const old = shop(({ n }) => n < 0, before);
  await old.start();
  await until("all are read", () => before.includes("last"));
  await old.stop();

  const child = millrace(...WORDS, "--start");
  const heard = said(child);
  // It says what is missing, and then starts it.
  await Promise.race([new Promise<void>((resolve) => child.stdout?.once("data", () => resolve())), heard]);
  child.kill("SIGINT");
  const { code, err } = await heard;
  const [, told = "", again = ""] = /^stopped: (\d+) were started, and .* To go on: millrace (.+)$/m.exec(err) ?? [];
  expect({ code, err }).toMatchObject({ code: 130, err: expect.stringContaining("To go on") as string });
  expect(Number(told)).toBeLessThan(EVENTS);
  expect(again).toContain("--start");
  expect(await audited()).toEqual([
    ["reconcile.start", "asked", "count", "cli"],
    ["reconcile.start", "failed", "count", "cli"],
  ]);

  const rest = await said(millrace(...WORDS, "--start"));
  expect(rest).toMatchObject({ code: 0, err: expect.stringContaining(`of which ${EVENTS} are missing and are started`) as string });
  expect((await audited()).slice(2)).toEqual([["reconcile.start", "asked", "count", "cli"]]);

  const handled: string[] = [];
  const fresh = shop(() => true, handled);
  await fresh.start();
  await until("each has a run", () => new Set(handled).size === EVENTS);
  await fresh.stop();
  expect(handled.toSorted()).toEqual(ids.toSorted());
  expect((await said(millrace(...WORDS))).code).toBe(0);

  // Of a module that is not deployed, nothing can be said that holds.
  const next = MODULE.replace('{ event: "counted" }', '{ event: "counted", if: "event.data.n > 5" }');
  writeFileSync(path.join(run.folder, "next.ts"), next);
  const other = await said(millrace("reconcile", "next.ts", ...WORDS.slice(2)));
  expect(other).toMatchObject({
    code: 1,
    err: expect.stringContaining("count is deployed with other triggers than this module has") as string,
  });
});
