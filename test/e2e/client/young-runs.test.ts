// A run that is asked for before the run history has it: commands wait for it, and do not say that there is none.
import { afterAll, beforeAll, expect, test } from "vitest";
import { deriveRunId } from "../../../engine/core/ids.ts";
import { hears, said, Shell } from "./shell.ts";

const YESTERDAY = Date.now() - 86_400_000;
let shell: Shell;

beforeAll(async () => {
  shell = await Shell.withShop();
});
afterAll(() => shell[Symbol.asyncDispose]());

interface Sent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** From here: who waits for its run has less patience than a process may take to start. */
async function send(): Promise<Sent> {
  const { status, text } = await shell.run.send({ name: "counted", data: { n: 1 }, key: "same", time: new Date(YESTERDAY).toISOString() });
  expect(status, text).toBe(200);
  const [sent] = (JSON.parse(text) as { readonly events: readonly Sent[] }).events;
  return sent as Sent;
}

/** R10: of the event that is sent next. As that of a re-run, its id has the time of something long past. */
async function nextRun(): Promise<string> {
  const { topic, partition, offset } = await send();
  return deriveRunId(YESTERDAY, partition, "count", `${topic}-${partition}-${offset + 1}`);
}

test.each(["watch", "show"])("runs %s waits for a run that comes a moment later", async (command) => {
  const run = await nextRun();
  const child = shell.begin("runs", command, run);
  const heard = said(child);
  await hears(child.stderr, `run ${run} is not there yet`);
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
  await hears(child.stderr, "is not there yet");
  child.kill("SIGINT");
  expect((await heard).code).toBe(130);
});
