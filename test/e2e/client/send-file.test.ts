// `millrace send --ndjson`: each line once, whoever is interrupted or killed.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { said, Shell } from "./shell.ts";

const PATIENCE = { timeout: 120_000, interval: 200 };
let shell: Shell;

beforeAll(async () => {
  shell = await Shell.withShop();
});
afterAll(() => shell[Symbol.asyncDispose]());

/** A file with lines `from` to `to`, of data alone. */
async function file(name: string, from: number, to: number): Promise<void> {
  const lines = Array.from({ length: to - from + 1 }, (_, index) => `{"n":${from + index}}\n`);
  await writeFile(path.join(shell.run.folder, name), lines.join(""));
}

/** Numbers that runs have seen, as soon as there are as many. */
function counted(from: number, to: number): Promise<readonly number[]> {
  return vi.waitFor(async () => {
    const all = (await readFile(path.join(shell.run.folder, "counted"), "utf8")).trim().split("\n").map(Number);
    const own = all.filter((n) => n >= from && n <= to);
    if (new Set(own).size < to - from + 1) throw new Error(`${new Set(own).size} of ${to - from + 1} were counted`);
    return own;
  }, PATIENCE);
}

function allOnce(numbers: readonly number[], from: number, to: number): void {
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: to - from + 1 }, (_, index) => from + index));
}

test("sends a file of events, and the same again with the same id doubles nothing", async () => {
  await file("first.ndjson", 1, 3_000);
  const words = ["send", "counted", "--ndjson", "first.ndjson", "--id", "first"];
  expect(await shell.millrace(...words)).toMatchObject({ code: 0, out: "3,000 events sent\n" });
  expect(await shell.millrace(...words)).toMatchObject({ code: 0, out: "3,000 events sent\n" });
  allOnce(await counted(1, 3_000), 1, 3_000);
});

test("tells lines that are refused by their numbers, and sends all others", async () => {
  const lines = [
    '{"name":"counted","data":{"n":10001}}',
    "",
    "{",
    '{"name":"counted","data":{"n":10002}}',
    '{"data":1}',
    '{"name":"counted","data":{"n":10003},"id":"own"}',
  ];
  const { code, out, err } = await shell.typed(["send", "--ndjson", "-", "--json"], lines.join("\n"));
  expect(JSON.parse(out)).toMatchObject({ sent: 3, refused: 2 });
  expect(err).toMatch(/^line 3: it is not JSON/m);
  expect(err).toMatch(/^line 5: it is no event: name/m);
  expect(err).toContain("CLI_SEND_REFUSED");
  expect(code).toBe(1);
  allOnce(await counted(10_001, 10_003), 10_001, 10_003);
});

test("Ctrl-C ends it in good order, and the command that it prints does the rest", async () => {
  await file("second.ndjson", 20_001, 60_000);
  const child = shell.begin("send", "counted", "--ndjson", "second.ndjson", "--id", "second");
  const heard = said(child);
  // Somewhere in the middle: some are counted.
  await vi.waitFor(async () => {
    expect(await readFile(path.join(shell.run.folder, "counted"), "utf8")).toContain("20500\n");
  }, PATIENCE);
  child.kill("SIGINT");
  const { code, err } = await heard;
  expect(code).toBe(130);
  const [, sent = "", again = ""] = /^([\d,]+) events are in the log\. To go on: millrace (.+)$/m.exec(err) ?? [];
  const already = Number(sent.replaceAll(",", ""));
  expect(already).toBeGreaterThan(400);
  expect(already).toBeLessThan(40_000);
  expect(again).toBe(`send counted --ndjson second.ndjson --id second --from-line ${already + 1}`);
  const rest = await shell.millrace(...again.split(" "));
  expect(rest).toMatchObject({ code: 0, out: `${(40_000 - already).toLocaleString("en")} events sent\n` });
  allOnce(await counted(20_001, 60_000), 20_001, 60_000);
});

test("the app is killed again and again while it is sent to: it goes on by itself, and each line counts once (R5)", async () => {
  await file("third.ndjson", 100_001, 115_000);
  const child = shell.begin("send", "counted", "--ndjson", "third.ndjson", "--json");
  const heard = said(child);
  for (const at of [100_500, 105_000, 110_000]) {
    await vi.waitFor(async () => {
      expect(await readFile(path.join(shell.run.folder, "counted"), "utf8")).toContain(`${at}\n`);
    }, PATIENCE);
    const from = shell.run.said.length;
    process.kill(await pidOfApp(), "SIGKILL");
    await shell.run.hears("runs again", from);
  }
  const { code, out } = await heard;
  expect(JSON.parse(out)).toMatchObject({ sent: 15_000, refused: 0 });
  expect(code).toBe(0);
  // A run whose process is killed may execute its code again: what counts is one run an event.
  await counted(100_001, 115_000);
  const [shown] = await shell.json("functions", "show", "count");
  expect(shown).toMatchObject({ counts: { completed: 3_000 + 3 + 40_000 + 15_000 } });
});

async function pidOfApp(): Promise<number> {
  return Number(await readFile(path.join(shell.run.folder, "pid"), "utf8"));
}

test("a server that is not there is told soon, and nothing is lost by it", async () => {
  const { code, err } = await shell.millrace("send", "counted", "--ndjson", "first.ndjson", "--server", "http://127.0.0.1:9");
  expect(err).toMatch(/^CLI_NO_SERVER: no server answers/m);
  expect(code).toBe(6);
});
