// Commands for many that are interrupted, by Ctrl-C or by a network that breaks: the command that is printed does the rest, to each once.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BadNetwork } from "./bad-network.ts";
import { said, Shell, type Said } from "./shell.ts";

const PATIENCE = { timeout: 120_000, interval: 100 };
const RUNS = 1_000;
let shell: Shell;

beforeAll(async () => {
  shell = await Shell.withShop();
});
afterAll(() => shell[Symbol.asyncDispose]());

/** Asked from here: a process for each look takes as long as all are told in. */
async function completed(): Promise<number> {
  const { text } = await shell.run.ask("/api/v1/functions/count");
  return (JSON.parse(text) as { readonly counts: { readonly completed?: number } }).counts.completed ?? 0;
}

const FEW = 300;

/** Runs whose events' ids begin with `${name}-`; resolves with the command that repeats them, and how many there were in all before. */
async function few(name: string): Promise<{ readonly rerun: readonly string[]; readonly before: number }> {
  const before = await completed();
  const lines = Array.from({ length: FEW }, (_, n) => `{"n":${n}}\n`).join("");
  await writeFile(path.join(shell.run.folder, `${name}.ndjson`), lines);
  expect((await shell.millrace("send", "counted", "--ndjson", `${name}.ndjson`, "--id", name)).code).toBe(0);
  await vi.waitFor(async () => expect(await completed()).toBe(before + FEW), PATIENCE);
  const until = new Date().toISOString();
  return { rerun: ["runs", "rerun", "--function", "count", "--search", `${name}-`, "--until", until, "--yes"], before: before + FEW };
}

/** The command that `err` says goes on. */
function againIn({ err }: Said): readonly string[] {
  const [, again = ""] = /To go on: millrace (.+)$/m.exec(err) ?? [];
  expect(again, err).toMatch(/ --id bulk-\S+$/);
  return again.split(" ");
}

/** It has repeated each of them once, and would repeat none any more. */
async function eachOnce({ rerun, before }: Awaited<ReturnType<typeof few>>, again: readonly string[]): Promise<void> {
  expect(await shell.millrace(...again)).toMatchObject({ code: 0 });
  await vi.waitFor(async () => expect(await completed()).toBe(before + FEW), PATIENCE);
  await vi.waitFor(async () => expect((await shell.millrace(...rerun.slice(0, -1))).out).toBe("0 runs would be repeated\n"), PATIENCE);
  expect(await completed()).toBe(before + FEW);
}

async function network(): Promise<BadNetwork> {
  return BadNetwork.to(Number(new URL(shell.run.url).port));
}

test("a re-run of many that is interrupted goes on where it was, and repeats each once", async () => {
  await writeFile(path.join(shell.run.folder, "many.ndjson"), Array.from({ length: RUNS }, (_, n) => `{"n":${n}}\n`).join(""));
  expect((await shell.millrace("send", "counted", "--ndjson", "many.ndjson")).code).toBe(0);
  await vi.waitFor(async () => expect(await completed()).toBe(RUNS), PATIENCE);

  const until = new Date().toISOString();
  const child = shell.begin("runs", "rerun", "--function", "count", "--until", until, "--yes");
  const heard = said(child);
  await vi.waitFor(async () => expect(await completed()).toBeGreaterThan(RUNS), PATIENCE);
  child.kill("SIGINT");
  const { code, err } = await heard;
  const [, done = "", again = ""] = /^stopped at (\d+) of 1000; what was done stays done\. To go on: millrace (.+)$/m.exec(err) ?? [];
  expect(code).toBe(130);
  expect(Number(done)).toBeLessThan(RUNS);
  expect(Number(done)).toBeGreaterThan(0);
  // It is said what was done, with what was under way.
  await vi.waitFor(async () => expect(await completed()).toBe(RUNS + Number(done)), PATIENCE);
  expect(again).toMatch(new RegExp(`^runs rerun --function count --until ${until} --yes --id bulk-\\S+$`));

  const rest = await shell.millrace(...again.split(" "));
  expect(rest.code).toBe(0);
  await vi.waitFor(async () => expect(await completed()).toBe(2 * RUNS), PATIENCE);
  expect((await shell.millrace("runs", "rerun", "--function", "count", "--until", until)).out).toBe("0 runs would be repeated\n");
});

test("a network that breaks while many are told does not take along how to go on", async () => {
  const runs = await few("broken");
  await using between = await network();
  const child = shell.begin(...runs.rerun, "--server", between.url);
  const heard = said(child);
  await vi.waitFor(async () => expect(await completed()).toBeGreaterThan(runs.before), PATIENCE);
  between.breakDown();
  const ended = await heard;
  expect(ended).toMatchObject({
    code: 6,
    err: expect.stringMatching(/^CLI_NO_SERVER: .*Operation bulk-\S+ may go on there\. It was at \d+ of 300\. To go on: /m) as string,
  });
  between.mend();
  await eachOnce(runs, againIn(ended));
});

test("an answer that is lost as they begin to be told leaves a name behind, by which the same command finds them", async () => {
  const runs = await few("lost");
  await using between = await network();
  const heard = said(shell.begin(...runs.rerun, "--server", between.url, "--json"));
  const words = '"expected":';
  (await between.answerOf(words)).lose();
  const ended = await heard;
  expect(ended).toMatchObject({ code: 6, err: expect.stringMatching(/^CLI_NO_SERVER: .*It may have begun\. To go on: /m) as string });
  // It was said before anything was asked for: also who is killed has it.
  expect(ended.err).toMatch(/^operation bulk-\S+: should this be interrupted, it goes on with millrace runs rerun .* --id bulk-\S+$/m);
  await eachOnce(runs, againIn(ended));
});

test("Ctrl-C before the server has said that it begins stops it all the same", async () => {
  const runs = await few("early");
  await using between = await network();
  const child = shell.begin(...runs.rerun, "--server", between.url);
  const heard = said(child);
  const answer = await between.answerOf('"expected":');
  child.kill("SIGINT");
  answer.pass();
  const ended = await heard;
  expect(ended).toMatchObject({ code: 130, err: expect.stringMatching(/^stopped at \d+ of 300; what was done stays done/m) as string });
  const [operation] = (await shell.json("operations", "list")).filter(({ id }) => againIn(ended).includes(String(id)));
  expect(operation).toMatchObject({ state: "stopped" });
  await eachOnce(runs, againIn(ended));
});
