// Commands that go to the log itself, with no server between: each is in the app's audit from before it is done.
import { spawn } from "node:child_process";
import { hostname, userInfo } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbeddedLog } from "../../engine/log/embedded/embedded-log.ts";
import { Millrace } from "../../engine/sdk/index.ts";
import { silentPino } from "../../engine/sdk/testing.ts";
import { appTopics } from "../../engine/task/app-topics.ts";
import { auditPage } from "../../server/audit/audit-pages.ts";
import type { AuditEntry } from "../../server/contract/audit.ts";
import { until } from "../support/faults/until.ts";
import { said, type Said } from "./client/shell.ts";
import { DevRun, ROOT } from "./dev/dev-run.ts";

const PLACE = ["--app", "shop", "--path", "log"];
const MODULE = `
import { Millrace } from "millrace";
export const app = new Millrace({ id: "shop", partitions: 1, log: { kind: "embedded", path: "log" } });
app.createFunction({ id: "rest", triggers: [{ event: "came" }], concurrency: { limit: 10 } }, async ({ step }) => step.sleep("long", "1 day"));
app.createFunction({ id: "greet", triggers: [{ event: "came" }] }, async () => "hello");
`;
let run: DevRun;
/** Rests. */
let open = "";

beforeAll(async () => {
  run = await DevRun.in({ "app.ts": MODULE });
  const log = { kind: "embedded" as const, path: path.join(run.folder, "log") };
  const app = new Millrace({ id: "shop", partitions: 1, log, logger: silentPino });
  app.createFunction({ id: "rest", triggers: [{ event: "came" }], concurrency: { limit: 10 } }, async ({ step, runId }) => {
    open = runId;
    await step.sleep("long", "1 day");
  });
  let greeted = 0;
  app.createFunction({ id: "greet", triggers: [{ event: "came" }] }, () => Promise.resolve((greeted += 1)));
  app.createConsumer({ id: "mailer", events: ["came"], from: "beginning", handle: () => Promise.resolve() });
  await app.start();
  await app.send({ name: "came", data: { name: "Ada" } });
  await until("both have begun", () => greeted === 1 && open !== "");
  await app.stop();
}, 60_000);
afterAll(() => run[Symbol.asyncDispose]());

function millrace(...words: readonly string[]): Promise<Said> {
  const child = spawn(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...words], {
    cwd: run.folder,
    env: { ...process.env, LOG_LEVEL: "warn" },
  });
  return said(child);
}

async function audited(): Promise<readonly AuditEntry[]> {
  const log = await openEmbeddedLog({ path: path.join(run.folder, "log") });
  try {
    const question = { limit: 100, before: null, target: null };
    return (await auditPage(log, appTopics("shop"), question, AbortSignal.timeout(10_000))).items.toReversed();
  } finally {
    await log.close();
  }
}

const DEEDS: readonly (readonly [operation: string, target: () => string, words: () => readonly string[], parameters: object])[] = [
  ["run.cancel", () => open, () => ["cancel", open, "--reason", "twice", ...PLACE], { reason: "twice" }],
  ["run.release", () => open, () => ["release", open, ...PLACE], {}],
  ["function.pause", () => "greet", () => ["pause", "greet", "--events", "skip", ...PLACE], { events: "skip" }],
  ["function.resume", () => "greet", () => ["resume", "greet", ...PLACE], {}],
  [
    "function.override",
    () => "rest",
    () => ["override", "rest", "--concurrency", "5", "--for", "30m", ...PLACE],
    { limits: expect.stringContaining("5") as string, until: expect.any(Number) as number },
  ],
  ["function.override", () => "rest", () => ["override", "rest", "--end", ...PLACE], { isEnd: true }],
  ["consumer.pause", () => "mailer", () => ["consumers", "pause", "mailer", ...PLACE], { version: 1 }],
  ["consumer.resume", () => "mailer", () => ["consumers", "resume", "mailer", ...PLACE], { version: 1 }],
  [
    "backfill.start",
    () => "greet",
    () => ["backfill", "--function", "greet", "--from", "beginning", "--id", "old", ...PLACE],
    { id: "old", since: null, until: null, rate: 0 },
  ],
  [
    "replay.apply",
    () => "again",
    () => ["replay", "app.ts", "--function", "greet", "--since", "beginning", "--apply", "--all", "--id", "again"],
    { function: "greet", count: null, emit: "changed", whileRunning: "refuse" },
  ],
];

test.each(DEEDS)("%s is in the audit, by whom and of what", { timeout: 30_000 }, async (operation, target, words, parameters) => {
  const before = await audited();
  expect(await millrace(...words())).toMatchObject({ code: 0 });
  const [entry, ...others] = (await audited()).slice(before.length);
  expect(others).toEqual([]);
  const actor = `cli:${userInfo().username}@${hostname()}`;
  expect(entry).toMatchObject({ actor, operation, target: target(), outcome: "asked" });
  expect(JSON.parse(entry?.parameters ?? "")).toMatchObject(parameters);
});

test("what is refused leaves nothing, and what does not come about is told as failed", { timeout: 30_000 }, async () => {
  const before = await audited();
  expect((await millrace("override", "gone", "--end", ...PLACE)).code).toBe(4);
  expect(await audited()).toHaveLength(before.length);
  // One rests, so that nothing is repeated.
  const words = ["replay", "app.ts", "--function", "rest", "--since", "beginning", "--apply", "--all", "--id", "refused"];
  expect((await millrace(...words)).code).toBe(1);
  expect((await audited()).slice(before.length)).toMatchObject([
    { operation: "replay.apply", target: "refused", outcome: "asked" },
    { operation: "replay.apply", target: "refused", outcome: "failed", detail: "runs are not over" },
  ]);
});
