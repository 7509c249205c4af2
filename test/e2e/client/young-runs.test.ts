// A run that is asked for before the run history has it: commands wait for it, and do not say that there is none.
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deriveRunId } from "../../../engine/core/ids.ts";
import { said, Shell } from "./shell.ts";

const YESTERDAY = Date.now() - 86_400_000;
let shell: Shell;

beforeAll(async () => {
  shell = await Shell.withShop();
});
afterAll(() => shell[Symbol.asyncDispose]());

async function send(): Promise<{ readonly topic: string; readonly partition: number; readonly offset: number }> {
  const time = new Date(YESTERDAY).toISOString();
  const [sent] = await shell.json("send", "counted", "--data", '{"n":1}', "--key", "same", "--time", time);
  return sent as { readonly topic: string; readonly partition: number; readonly offset: number };
}

/** R10: of the event that is sent next. As that of a re-run, its id has the time of something long past. */
async function nextRun(): Promise<string> {
  const { topic, partition, offset } = await send();
  return deriveRunId(YESTERDAY, partition, "count", `${topic}-${partition}-${offset + 1}`);
}

async function hears(child: ChildProcess, words: string): Promise<void> {
  for (let heard = ""; !heard.includes(words);) {
    const [text] = (await once(child.stderr ?? child, "data")) as [Buffer];
    heard += text.toString();
  }
}

test.each(["watch", "show"])("runs %s waits for a run that comes a moment later", async (command) => {
  const run = await nextRun();
  const child = shell.begin("runs", command, run);
  const heard = said(child);
  await hears(child, `run ${run} is not there yet`);
  await send();
  expect(await heard).toMatchObject({ code: 0, out: expect.stringContaining("count") as string });
});

test("runs show says of a run that does not come that there is none", async () => {
  const run = deriveRunId(YESTERDAY, 0, "count", "nowhere");
  expect(await shell.millrace("runs", "show", run)).toMatchObject({ code: 4, err: expect.stringMatching(/^NOT_FOUND: /m) as string });
});

test("Ctrl-C ends the waiting", async () => {
  const child = shell.begin("runs", "watch", deriveRunId(YESTERDAY, 0, "count", "nowhere"));
  const heard = said(child);
  await hears(child, "is not there yet");
  child.kill("SIGINT");
  expect((await heard).code).toBe(130);
});
