// millrace replay --dry-run, as a person or a pipeline runs it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DryRunReport } from "../../../engine/replay/dry-run/report.ts";
import { Millrace } from "../../../engine/sdk/index.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SDK = pathToFileURL(path.join(ROOT, "engine/sdk/index.ts")).href;
const RUNS = 20;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "millrace-dry-run-"));
  const over = Promise.withResolvers<void>();
  let completed = 0;
  const app = new Millrace(
    { id: "shop", log: { kind: "embedded", path: path.join(directory, "log") }, partitions: 2, logger: pino({ level: "silent" }) },
    {
      onFrame: (_, { records }) => {
        completed += records.filter(({ type }) => type === "RunCompleted").length;
        if (completed === 2 * RUNS) over.resolve();
      },
    },
  );
  app.createFunction({ id: "tax", triggers: [{ event: "came" }] }, ({ event, step }) =>
    step.run({ id: "tax", pure: true }, () => ({ rate: (event.data as number) < 10 ? 7 : 19 })),
  );
  app.createFunction({ id: "weigh", triggers: [{ event: "came" }] }, async ({ event, step }) => {
    const net = await step.run("net", () => event.data as number);
    return step.run("gross", () => net + 1);
  });
  await app.start();
  await app.send(Array.from({ length: RUNS }, (_, n) => ({ name: "came", data: n, key: `${n}` })));
  await over.promise;
  await app.stop();
});

afterAll(() => rm(directory, { recursive: true, force: true }));

test("exit code 0 and a table where nothing differs", async () => {
  const { code, out, err } = await replay("event.data < 10", "--since", "beginning", "--dry-run");
  expect(err).toBe("");
  expect(out).toContain("tax: 20 runs from the beginning, by the code as it is now");
  expect(out).toMatch(/20 {2}the same/);
  expect(code).toBe(0);
});

test("exit code 3 where runs differ, with the values of some of them", async () => {
  const { code, out } = await replay("event.data <= 10", "--since", "1 hour", "--dry-run");
  expect(out).toMatch(/19 {2}the same/);
  expect(out).toMatch(/1 {2}other result +at step "tax"/);
  expect(out).toContain("rate  19 → 7");
  expect(code).toBe(3);
});

test("the report as JSON, of the runs whose events are like this", async () => {
  const { code, out } = await replay(
    "false",
    "--since",
    "beginning",
    "--dry-run",
    "--json",
    "--where",
    "event.data >= 5 && event.data < 15",
  );
  const report = JSON.parse(out) as DryRunReport;
  expect(report).toMatchObject({
    format: 2,
    app: "shop",
    function: "tax",
    since: null,
    total: 10,
    where: "event.data >= 5 && event.data < 15",
  });
  expect(report.runs.map(({ verdict, step, was, is }) => `${verdict} ${step} ${was} ${is}`)).toEqual(
    Array.from({ length: 5 }, () => `different-result tax#0 {"rate":7} {"rate":19}`),
  );
  expect(code).toBe(3);
});

test("what the code prints goes to standard error, and the report is JSON still", async () => {
  const { code, out, err } = await replay("console.log('from the code') ?? false", "--since", "beginning", "--dry-run", "--json");
  expect(JSON.parse(out)).toMatchObject({ total: RUNS });
  expect(err).toContain("from the code\n");
  expect(code).toBe(3);
});

test.each(["process.exit(0)", "void Promise.reject(new Error('nobody heard'))"])(
  "code that ends the process, by %s, is no report",
  async (end) => {
    const { code, out, err } = await replay(`${end} ?? false`, "--since", "beginning", "--dry-run");
    expect(err).toContain("the app's code ended this process before the dry run was over: there is no report\n");
    expect({ code, out }).toEqual({ code: 1, out: "" });
  },
);

test("steps that are named are computed again, each of them, and a name that no run asks for is told", async () => {
  const module = await moduleWith("false");
  const args = ["replay", module, "--function", "weigh", "--since", "beginning", "--dry-run"];
  expect((await millrace(...args)).code).toBe(0);
  const one = await millrace(...args, "--recompute", "gross", "--recompute", "nett");
  expect(one.out).toMatch(/20 {2}other result +at step "gross"/);
  expect(one.out).toContain('No run asks for a step "nett", which was to be computed again.');
  const both = await millrace(...args, "--recompute", "gross", "--recompute", "net", "--json");
  const report = JSON.parse(both.out) as DryRunReport;
  expect(report).toMatchObject({ recompute: ["gross", "net"], notAskedFor: [] });
  expect(report.runs.map(({ step }) => step)).toEqual(Array.from({ length: RUNS }, () => "net#0"));
});

test("a time without runs has none, and is no trouble", async () => {
  const { code, out } = await replay("false", "--since", "2020-01-01", "--until", "2020-02-01", "--dry-run");
  expect(out).toContain("tax: 0 runs since 2020-01-01");
  expect(code).toBe(0);
});

test.each([
  ["no word on what to do", "CLI_REPLAY_HOW", 2, ["--since", "beginning"]],
  ["a time that is none", "CLI_BAD_TIME", 2, ["--since", "yesterday", "--dry-run"]],
  ["a condition that is none", "INVALID_EXPRESSION", 1, ["--since", "beginning", "--dry-run", "--where", "event.data >"]],
  ["a number that is none", "CLI_BAD_NUMBER", 2, ["--since", "beginning", "--dry-run", "--examples", "many"]],
])("refuses %s", async (_, word, exit, args) => {
  const { code, out, err } = await replay("false", ...args);
  expect(err).toMatch(new RegExp(`^${word}: `));
  expect({ code, out }).toEqual({ code: exit, out: "" });
});

test("a function that is not there is told, with those that are", async () => {
  const module = await moduleWith("false");
  const { code, err } = await millrace("replay", module, "--function", "taxes", "--since", "beginning", "--dry-run");
  expect(err).toBe('CLI_NO_FUNCTION: app "shop" has no function "taxes": it has "tax", "weigh"\n');
  expect(code).toBe(4);
});

async function replay(isReduced: string, ...args: string[]): Promise<Said> {
  return millrace("replay", await moduleWith(isReduced), "--function", "tax", ...args);
}

/** Today's app. */
async function moduleWith(isReduced: string): Promise<string> {
  const file = path.join(await mkdtemp(path.join(directory, "module-")), "app.mjs");
  await writeFile(
    file,
    `import { Millrace } from "${SDK}";
     export const app = new Millrace({ id: "shop", log: { kind: "embedded", path: ${JSON.stringify(path.join(directory, "log"))} }, partitions: 2 });
     app.createFunction({ id: "tax", triggers: [{ event: "came" }] }, ({ event, step }) =>
       step.run({ id: "tax", pure: true }, () => ({ rate: ${isReduced} ? 7 : 19 })));
     app.createFunction({ id: "weigh", triggers: [{ event: "came" }] }, async ({ event, step }) => {
       const net = await step.run("net", () => event.data * 2 + 1);
       return step.run("gross", () => net + 2);
     });`,
  );
  return file;
}

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function millrace(...args: string[]): Promise<Said> {
  const child = spawn(process.execPath, [path.join(ROOT, "cli/main.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
    env: { ...process.env, NO_COLOR: "1" },
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}
