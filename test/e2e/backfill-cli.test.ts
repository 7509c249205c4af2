// millrace backfill, on an app that nobody runs meanwhile: what people say waits in the log.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Millrace } from "../../engine/sdk/index.ts";
import { until } from "../support/faults/until.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const EVENTS = 30;
let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "millrace-backfill-cli-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

test("a backfill is started and followed from the command line, and each event is handled once", async () => {
  const handled: string[] = [];
  const old = shop([]);
  await old.start();
  await old.send(Array.from({ length: EVENTS }, (_, n) => ({ name: "order/placed", data: null, id: `e${n}` })));
  await until("the past is past", () => seen.length === EVENTS);
  await old.stop();

  const fresh = shop(handled);
  await fresh.start();
  await fresh.stop();
  expect(handled).toEqual([]);

  expect(await millrace("--function", "points", "--from", "beginning", "--rate", "1000/s", "--id", "old")).toMatchObject({
    code: 0,
    out: `{"id":"old","function":"points"}\n`,
  });
  expect(await millrace("list")).toEqual({ code: 0, out: "", err: "no partition has heard of a backfill\n" });
  expect((await millrace("pause", "old")).err).toMatch(/^CLI_NO_BACKFILL: no partition has heard of a backfill old$/m);
  const heard = shop(handled);
  await heard.start();
  await until("it is over", () => {
    const partitions = heard.status();
    return partitions.length === 2 && partitions.every(({ backfills }) => backfills[0]?.status === "done");
  });
  await until("all ran", () => handled.length === EVENTS);
  await heard.stop();

  const { out } = await millrace("list", "--json");
  expect(JSON.parse(out)).toMatchObject({ id: "old", status: "done", started: EVENTS, skipped: 0, missing: 0, left: 0, unheard: [] });
  expect((await millrace("list", "old", "--json")).out).toBe(out);
  expect((await millrace("list", "old", "--wait")).out).toContain(`old  points  done: ${EVENTS} started, 0 skipped, 0 offsets left`);
  expect(new Set(handled).size).toBe(EVENTS);
});

test.each([
  ["no function", ["--from", "beginning"], "CLI_BACKFILL_HOW", 2],
  ["a function that there is not", ["--function", "gone", "--from", "beginning"], "UNKNOWN_FUNCTION", 4],
  ["a time that is none", ["--function", "points", "--from", "soon"], "CLI_BAD_TIME", 2],
  ["a rate that is none", ["--function", "points", "--from", "beginning", "--rate", "fast"], "CLI_BAD_NUMBER", 2],
  ["an end before the beginning", ["--function", "points", "--from", "2026-11-20", "--until", "2026-11-19"], "INVALID_BACKFILL", 1],
  ["a word that it does not know", ["rewind"], "CLI_BACKFILL_HOW", 2],
  ["an id that there is not", ["list", "gone"], "CLI_NO_BACKFILL", 4],
  ["an id that is taken", ["--function", "points", "--from", "beginning", "--id", "old"], "CLI_BACKFILL_HOW", 2],
])("refuses %s", async (_, args, code, exit) => {
  expect(await millrace(...args)).toMatchObject({ code: exit, out: "", err: expect.stringMatching(`^${code}: `) as string });
});

const seen: string[] = [];

/** With a function for points where something hears of what it handles. */
function shop(handled: string[]): Millrace {
  const app = new Millrace({
    id: "shop",
    log: { kind: "embedded", path: path.join(directory, "log") },
    partitions: 2,
    logger: pino({ level: "silent" }),
  });
  app.createFunction({ id: "receipt", triggers: [{ event: "order/placed" }] }, ({ event }) => seen.push(event.id));
  if (seen.length > 0) app.createFunction({ id: "points", triggers: [{ event: "order/placed" }] }, ({ event }) => handled.push(event.id));
  return app;
}

async function millrace(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const place = ["--app", "shop", "--path", path.join(directory, "log")];
  const child = spawn(process.execPath, [path.join(ROOT, "cli/main.ts"), "backfill", ...args, ...place], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}
