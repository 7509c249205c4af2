// `millrace erase`, and what the commands show of data of subjects, before and after.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbeddedLog } from "../../engine/log/embedded/embedded-log.ts";
import { readKeyRecord, subjectHash } from "../../engine/sealing/key-record.ts";
import { Millrace } from "../../engine/sdk/index.ts";
import { appTopics } from "../../engine/task/app-topics.ts";
import { auditPage } from "../../server/audit/audit-pages.ts";
import type { AuditEntry } from "../../server/contract/audit.ts";
import { until } from "../support/faults/until.ts";
import { freePorts } from "../support/kafka/ports.ts";
import { said, type Said } from "./client/shell.ts";
import { DevRun } from "./dev/dev-run.ts";

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

async function audited(): Promise<readonly AuditEntry[]> {
  const log = await openEmbeddedLog({ path: path.join(directory, "log") });
  try {
    const question = { limit: 100, before: null, target: null };
    return (await auditPage(log, appTopics("shop"), question, AbortSignal.timeout(10_000))).items;
  } finally {
    await log.close();
  }
}

async function isKeyInFiles(): Promise<boolean> {
  const place = path.join(directory, "log");
  for (const name of await readdir(place)) if ((await readFile(path.join(place, name))).includes(key)) return true;
  return false;
}

test("nothing is erased where nobody can be asked whether that is wanted", async () => {
  const refused = await millrace("erase", "--subject", "ada");
  expect(refused).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^CLI_NOT_CONFIRMED: nothing was done.*--yes\n$/) as string,
  });
  expect(await audited()).toEqual([]);
});

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

  const erased = await millrace("erase", "--subject", "ada", "--yes");
  expect(erased).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 key was erased/) as string });
  expect(await isKeyInFiles()).toBe(false);
  const after = await all();
  expect(after).not.toContain("Ada");
  expect(after).toContain("$erased");
  expect(after).toContain("hello Grace");
  expect(after).not.toContain("$sealed");
  expect((await millrace("erase", "--subject", "ada", "--json", "--yes")).stdout).toBe('{"keys":0}\n');
  expect((await millrace("verify")).code).toBe(0);
  // From before it was done, and without who it was.
  const target = subjectHash("shop", "ada");
  const entry = { actor: `cli:${userInfo().username}@${hostname()}`, operation: "subject.erase", target, outcome: "asked" };
  expect(await audited()).toMatchObject([entry, entry]);
  expect(JSON.stringify(await audited())).not.toContain("ada");
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
    "--yes",
  ]).catch((error: unknown) => error as { code: number; stderr: string });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("CLI_NOT_ERASABLE") as string });
});

test("a server erases as well, under the name of whoever asked it", { timeout: 60_000 }, async () => {
  await using served = await DevRun.in({
    "app.ts": `
import { Millrace } from "millrace";
export const app = new Millrace({ id: "shop", partitions: 1, erasable: true });
app.createFunction({ id: "greet", triggers: [{ event: "came" }] }, async ({ event }) => event.data);
`,
  });
  const [port = 0] = await freePorts(1);
  served.dev(port);
  await served.hears("Try it");
  expect((await served.send({ name: "came", data: { name: "Ada" }, subject: "ada" })).status).toBe(200);
  const erase = async (...words: readonly string[]): Promise<Said> => {
    const node = ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), "erase", "--subject", "ada", ...words];
    const child = spawn(process.execPath, node, { cwd: served.folder, env: { ...process.env, MILLRACE_SERVER: served.url } });
    child.stdin.end("y\n");
    return said(child);
  };
  expect(await erase()).toMatchObject({ code: 2, err: expect.stringMatching(/^CLI_NOT_CONFIRMED: /) as string });
  expect(await erase("app.ts", "--server", served.url, "--yes")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^CLI_BAD_CHOICE: /) as string,
  });
  expect(await erase("--yes")).toMatchObject({ code: 0, out: expect.stringMatching(/^1 key was erased/) as string });
  expect(await erase("--yes", "--json")).toMatchObject({ code: 0, out: '{"keys":0}\n' });
  const { items } = JSON.parse((await served.ask("/api/v1/audit")).text) as { readonly items: readonly AuditEntry[] };
  const entry = { actor: "dev", operation: "subject.erase", target: subjectHash("shop", "ada"), outcome: "asked" };
  expect(items).toMatchObject([entry, entry]);
});
