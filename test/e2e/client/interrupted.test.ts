// Ctrl-C while many are told: the server stops, and the command that is printed does the rest, to each once.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { said, Shell } from "./shell.ts";

const PATIENCE = { timeout: 120_000, interval: 200 };
const RUNS = 1_000;
let shell: Shell;

beforeAll(async () => {
  shell = await Shell.withShop();
});
afterAll(() => shell[Symbol.asyncDispose]());

async function completed(): Promise<number> {
  const [shown] = await shell.json("functions", "show", "count");
  return (shown as { readonly counts: { readonly completed?: number } }).counts.completed ?? 0;
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
  expect(again).toMatch(new RegExp(`^runs rerun --function count --until ${until} --yes --id bulk-\\S+$`));

  const rest = await shell.millrace(...again.split(" "));
  expect(rest.code).toBe(0);
  await vi.waitFor(async () => expect(await completed()).toBe(2 * RUNS), PATIENCE);
  expect((await shell.millrace("runs", "rerun", "--function", "count", "--until", until)).out).toBe("0 runs would be repeated\n");
});
