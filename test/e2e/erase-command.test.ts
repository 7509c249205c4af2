// `millrace erase`, and what the commands show of data of subjects, before and after.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readKeyRecord } from "../../engine/sealing/key-record.ts";
import { Millrace } from "../../engine/sdk/index.ts";
import { until } from "../support/faults/until.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
let directory = "";
let key: Buffer = Buffer.alloc(0);

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "millrace-erase-"));
  const log = { kind: "embedded" as const, path: path.join(directory, "log") };
  const app = new Millrace({ id: "shop", partitions: 1, erasable: true, log, logger: pino({ level: "silent" }), stopGraceMs: 0 });
  let greeted = 0;
  app.createFunction({ id: "greet", triggers: [{ event: "came" }] }, async ({ event, step }) => {
    await step.run("text", () => `hello ${(event.data as { name: string }).name}`);
    greeted += 1;
    await step.sleep("long", "1 day");
  });
  await app.start();
  await app.send([
    { name: "came", data: { name: "Ada" }, subject: "ada" },
    { name: "came", data: { name: "Grace" }, subject: "grace" },
  ]);
  await until("both are greeted", () => greeted === 2);
  const connected = await app.parts.connect();
  const reader = connected.log.openReader({ topic: "shop.keys", partition: 0, from: 0 });
  const [first] = (await reader.next()).records;
  key = (first === undefined ? null : readKeyRecord(first))?.bytes ?? key;
  reader.close();
  await app.stop();
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

async function millrace(...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  try {
    const place = ["--app", "shop", "--path", path.join(directory, "log")];
    const node = ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts")];
    return { code: 0, ...(await run(process.execPath, [...node, ...args, ...place], { cwd: directory })) };
  } catch (error) {
    return error as { readonly code: number; readonly stdout: string; readonly stderr: string };
  }
}

async function isKeyInFiles(): Promise<boolean> {
  const place = path.join(directory, "log");
  for (const name of await readdir(place)) if ((await readFile(path.join(place, name))).includes(key)) return true;
  return false;
}

test("commands show data opened; erased, it is gone for each of them, and its key from the disk", { timeout: 60_000 }, async () => {
  const all = async (): Promise<string> => {
    const [runs, journal] = [await millrace("state", "--json"), await millrace("journal", "--partition", "0")];
    expect([runs.code, journal.code]).toEqual([0, 0]);
    return runs.stdout + journal.stdout;
  };
  const before = await all();
  expect(before).toContain("hello Ada");
  expect(before).toContain("hello Grace");
  expect(before).not.toContain("$sealed");
  expect(key).toHaveLength(32);
  expect(await isKeyInFiles()).toBe(true);

  const erased = await millrace("erase", "--subject", "ada");
  expect(erased).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 key was erased/) as string });
  expect(await isKeyInFiles()).toBe(false);
  const after = await all();
  expect(after).not.toContain("Ada");
  expect(after).toContain("$erased");
  expect(after).toContain("hello Grace");
  expect(after).not.toContain("$sealed");
  expect((await millrace("erase", "--subject", "ada", "--json")).stdout).toBe('{"keys":0}\n');
  expect((await millrace("verify")).code).toBe(0);
});

test("of an app that seals nothing there is nothing to erase, and a command says which app it is about", async () => {
  const log = { kind: "embedded" as const, path: path.join(directory, "log") };
  const plain = new Millrace({ id: "plain", partitions: 1, log, logger: pino({ level: "silent" }) });
  await plain.send({ name: "came", data: 1 });
  await plain.stop();
  const refused = await run(process.execPath, [
    "--conditions=@millrace/source",
    path.join(ROOT, "cli/main.ts"),
    "erase",
    "--app=plain",
    `--path=${log.path}`,
    "--subject=ada",
  ]).catch((error: unknown) => error as { code: number; stderr: string });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("CLI_NOT_ERASABLE") as string });
});
