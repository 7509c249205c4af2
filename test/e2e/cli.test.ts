import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Millrace } from "../../engine/sdk/index.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const SDK = pathToFileURL(path.join(ROOT, "engine/sdk/index.ts")).href;

let directory = "";
let live: ReadonlyMap<number, { readonly lsn: number; readonly digest: string }> = new Map();

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "millrace-cli-"));
  live = await runAnApp(path.join(directory, "log"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe("millrace verify", () => {
  test("rebuilds, frame for frame, the state that the running app had", async () => {
    expect(live.size).toBe(2);
    for (const [partition, { lsn, digest }] of live) {
      const { code, out } = await millrace("verify", ...place(), "--partition", String(partition), "--lsn", String(lsn));
      expect(JSON.parse(out)).toMatchObject({ partition, lsn, digest });
      expect(code).toBe(0);
    }
  });

  test("tells a line a partition, further on where the app went on", async () => {
    const { code, out } = await millrace("verify", ...place());
    const rebuilt = lines(out);
    expect(rebuilt.map(({ partition }) => partition)).toEqual([0, 1]);
    for (const { partition, lsn, image } of rebuilt) {
      expect(lsn).toBeGreaterThan(live.get(Number(partition))?.lsn ?? Infinity);
      // It was brought up to date when the app stopped.
      expect(image).toMatchObject({ isEqual: true });
    }
    expect(code).toBe(0);
  });
});

describe("millrace upgrade", () => {
  test("tells which format is written and who reads what, and has nothing to finalize where it is the newest", async () => {
    expect(JSON.parse((await millrace("upgrade", "status", ...place())).out)).toEqual({ active: 1, newest: 1, members: [] });
    expect(JSON.parse((await millrace("upgrade", "finalize", ...place())).out)).toEqual({ from: 1, to: 1 });
  });
});

describe("millrace journal", () => {
  test("prints a run from its trigger to its result", async () => {
    const entries = await Promise.all(
      ["0", "1"].map(async (partition) => lines((await millrace("journal", ...place(), "--partition", partition)).out)),
    );
    for (const [first] of entries) expect(first).toMatchObject({ offset: 0, kind: "claim", replaces: -1 });
    const types = entries.flat().flatMap(({ records }) => (records as { type: string }[] | undefined)?.map(({ type }) => type) ?? []);
    expect(types.filter((type) => /^(Run|Step)/.test(type))).toEqual(["RunsStarted", "StepCompleted", "RunCompleted"]);
    expect(types).toContain("OwnerReleased");
  });

  test("begins where it is told to", async () => {
    const all = lines((await millrace("journal", ...place(), "--partition", "0")).out);
    const some = lines((await millrace("journal", ...place(), "--partition", "0", "--from", "2")).out);
    expect(some).toEqual(all.slice(2));
  });
});

describe("millrace topics", () => {
  test("prints a command for each topic, as few copies and partitions as asked", async () => {
    const { code, out } = await millrace("topics", "--app", "shop", "--partitions", "3", "--replication-factor", "1");
    const commands = out.trim().split("\n");
    expect(commands.map((command) => /--topic (\S+) --partitions (\d+)/.exec(command)?.slice(1).join(" "))).toEqual([
      "shop.events 3",
      "shop.journal 3",
      "shop.inbox 3",
      "shop.state 3",
      "shop.functions 1",
      "shop.schemas 1",
      "shop.dead-letter 3",
      "shop.audit 1",
    ]);
    for (const command of commands) expect(command).toContain("--replication-factor 1 ");
    for (const command of commands) expect(command).toContain("min.insync.replicas=1");
    expect(commands[1]).toContain("retention.ms=-1");
    expect(code).toBe(0);
  });
});

describe("millrace cancel", () => {
  test("leaves a word in the log, by which a run is cancelled when its app runs again", async () => {
    const log = path.join(directory, "sleepers");
    const sleepers = (cancelled: (reason: string) => void): Millrace => {
      const app = new Millrace({ id: "sleepers", log: { kind: "embedded", path: log }, partitions: 2, logger: pino({ level: "silent" }) });
      app.createFunction(
        { id: "sleep", triggers: [{ event: "night/fell" }], onCancel: ({ event }) => cancelled(event.data.reason) },
        async ({ step, runId }) => {
          await step.run("begin", () => began.resolve(runId));
          await step.sleep("a year", "365 days");
        },
      );
      return app;
    };
    const began = Promise.withResolvers<string>();
    const first = sleepers(() => {});
    await first.start();
    await first.send({ name: "night/fell", data: null });
    const run = await began.promise;
    await first.stop();

    const said = await millrace("cancel", "--app", "sleepers", "--path", log, run, "--reason", "the night is over");
    expect(said).toMatchObject({ code: 0, out: `{"type":"CancelRun","run":"${run}"}\n` });

    const reason = Promise.withResolvers<string>();
    const second = sleepers(reason.resolve);
    await second.start();
    expect(await reason.promise).toBe("the night is over");
    await second.stop();
  });

  test.each(["cancel", "release"])("%s refuses what is no run", async (command) => {
    expect(await millrace(command, ...place(), "run 7")).toMatchObject({
      code: 4,
      err: expect.stringMatching(/^INVALID_RUN_ID: /) as string,
    });
  });
});

describe("millrace pause, resume and override", () => {
  test("say what they have told every partition", async () => {
    const told = (text: string): unknown => JSON.parse(text);
    expect(told((await millrace("pause", ...place(), "ship", "--events", "skip")).out)).toEqual({
      type: "PauseFunction",
      functionId: "ship",
      events: "skip",
    });
    expect(told((await millrace("resume", ...place(), "ship")).out)).toMatchObject({ events: null });
    expect(told((await millrace("override", ...place(), "ship", "--end")).out)).toMatchObject({ type: "OverrideFlow", limits: null });
  });

  test.each([
    [["pause", "shpi"], "UNKNOWN_FUNCTION: there is no function", 4],
    [["pause", "ship", "--events", "drop"], "CLI_BAD_CHOICE: --events is keep or skip, not", 2],
    [["override", "ship", "--concurrency", "5", "--for", "1h"], "INVALID_FUNCTION: .*declares no limit of concurrency", 1],
    [
      ["override", "ship", "--concurrency", "five", "--for", "1h"],
      'CLI_BAD_NUMBER: --concurrency is a whole number from 1 on, not "five"',
      2,
    ],
    [["override", "ship", "--throttle", "5", "--for", "1h"], "CLI_BAD_NUMBER: --throttle is limit/period", 2],
    [["override", "ship", "--concurrency", "5"], "CLI_BAD_CHOICE: what is to be changed, and for how long", 2],
  ])("refuse what cannot be: %j", async ([command = "", ...rest], problem, code) => {
    expect(await millrace(command, ...place(), ...rest)).toMatchObject({ code, err: expect.stringMatching(`^${problem}`) as string });
  });
});

describe("millrace worker", () => {
  test("runs the app of a module until it is told to stop", async () => {
    const file = await moduleOf(`
      import { Millrace } from "${SDK}";
      export const app = new Millrace({ id: "greeter", log: { kind: "embedded", path: ":memory:" }, partitions: 1 });
      app.createFunction({ id: "greet", triggers: [{ event: "visitor/came" }] }, async ({ event, step }) => {
        await step.run("greet", () => console.log("hello " + event.data));
      });
      await app.send({ name: "visitor/came", data: "Ada" });`);
    const child = spawn(process.execPath, [path.join(ROOT, "cli/main.ts"), "worker", file], {
      env: { ...process.env, LOG_LEVEL: "silent" },
    });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
    const ended = once(child, "close") as Promise<[number | null]>;
    await expect.poll(() => said, { timeout: 20_000 }).toEqual({ out: "hello Ada\n", err: "greeter started\n" });
    child.kill("SIGTERM");
    const [code] = await ended;
    expect(said.err).toMatch(/SIGTERM: stopping greeter/);
    expect(code).toBe(0);
  });

  test("says what is wrong with a module that has no app, cannot be loaded, or has an app that cannot start", async () => {
    const without = await millrace("worker", await moduleOf("export const application = 1;"));
    expect(without).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^MODULE_WITHOUT_APP: .+ exports no app: export your Millrace/) as string,
    });
    const missing = await millrace("worker", path.join(directory, "nowhere.mjs"));
    expect(missing).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^CLI_NO_MODULE: .+nowhere\.mjs, which the command names, is no file/) as string,
    });
    const idle = await millrace(
      "worker",
      await moduleOf(
        `import { Millrace } from "${SDK}"; export default new Millrace({ id: "idle", log: { kind: "embedded", path: ":memory:" } });`,
      ),
    );
    expect(idle).toMatchObject({ code: 1, err: expect.stringMatching(/^WRONG_STATE: app\.start\(\) without a function/) as string });
  });

  test.each(["commonjs", "module", undefined])(
    "says which line does not compile, also of what is imported, in a package of type %s",
    async (type) => {
      const folder = await mkdtemp(path.join(directory, "broken-"));
      await writeFile(path.join(folder, "package.json"), JSON.stringify({ type }));
      const broken = path.join(folder, "broken code.ts");
      await writeFile(broken, "export const app = 1;\n\nconst = 2;\n");
      const importing = path.join(folder, "importing.mts");
      await writeFile(importing, 'import "./broken%20code.ts";\n');
      for (const module of [broken, importing]) {
        const { code, err } = await millrace("worker", module);
        expect(err).toContain(`MODULE_FAILED: ${module} cannot be loaded: ${broken}:3: Unexpected token`);
        expect(code).toBe(1);
      }
    },
  );

  test("says an error of another copy of the package by its code", async () => {
    const start = `async () => { throw Object.assign(new Error("create them"), { code: "TOPICS_MISSING", family: "topic" }); }`;
    const said = await millrace("worker", await moduleOf(`export const app = { id: "shop", start: ${start}, stop: async () => {} };`));
    expect(said).toMatchObject({ code: 1, err: expect.stringMatching(/^TOPICS_MISSING: create them$/m) as string });
  });
});

describe("millrace state", () => {
  test("ends as not found where there is no such run, or no such function", async () => {
    expect(await millrace("state", ...place(), "--run", "01K9ZC6Y1N8XQ2B7V4T5M3RDEF")).toMatchObject({ code: 4 });
    const { code, err } = await millrace("state", ...place(), "--function", "nobody");
    expect(err).toMatch(/^CLI_NO_FUNCTION: no run of "nobody" was open then, and there is no such function now/);
    expect(code).toBe(4);
  });
});

describe("millrace", () => {
  test("tells its version", async () => {
    expect(await millrace("--version")).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
  });

  test.each([
    ["a log that is not there", 4, "CLI_NO_LOG", () => ["verify", "--app", "shop", "--path", path.join(directory, "none")]],
    ["an app that is not there", 4, "CLI_NO_APP", () => ["verify", "--app", "bakery", "--path", path.join(directory, "log")]],
    ["a partition that is not there", 4, "CLI_NO_PARTITION", () => ["journal", ...place(), "--partition", "2"]],
    ["a number that is none", 2, "CLI_BAD_NUMBER", () => ["journal", ...place(), "--partition", "0", "--from", "-1"]],
    ["an offset past the end", 1, "LOG_OFFSET_OUT_OF_RANGE", () => ["journal", ...place(), "--partition", "0", "--from", "1000000"]],
    ["a file that is not there", 2, "CLI_BAD_FILE", () => ["verify", "--app", "shop", "--kafka-config", path.join(directory, "none.json")]],
    [
      "a pause of an app that is not there",
      4,
      "CLI_NO_APP",
      () => ["pause", "ship", "--app", "bakery", "--path", path.join(directory, "log")],
    ],
    ["a server without tokens", 2, "CLI_NO_TOKENS", () => ["start", "--app", "shop"]],
    ["a server for all without a login", 2, "CLI_NO_TOKENS", () => ["start", "--app", "shop", "--no-login", "--host", "0.0.0.0"]],
    ["tokens that are not there", 2, "CLI_NO_TOKENS", () => ["start", "--app", "shop", "--tokens", path.join(directory, "none.json")]],
    ["flags that do not fit together", 2, "INVALID_OPTIONS", () => ["verify", "--app", "shop", "--log", "kafka"]],
    ["answers of tasks that it asks none of", 2, "CLI_BAD_CHOICE", () => ["verify", ...place(), "--no-live", "--require-live"]],
    ["answers of tasks that nobody can run", 1, "CLI_EMBEDDED", () => ["verify", ...place(), "--require-live"]],
    ["a change of limits that says none", 2, "CLI_BAD_CHOICE", () => ["override", "ship", ...place(), "--for", "1h"]],
    ["an end of a change that is one, too", 2, "CLI_BAD_CHOICE", () => ["override", "ship", ...place(), "--end", "--concurrency", "5"]],
    ["the beginning of a run's id in the log", 4, "INVALID_RUN_ID", () => ["cancel", "01K9", ...place()]],
    ["a consumer that there is not", 4, "SWAP_NO_VERSION", () => ["consumers", "pause", "nobody", ...place()]],
    ["an option that is missing", 2, "CLI_WRONG_CALL", () => ["journal", ...place()]],
    ["an app that nobody names", 2, "CLI_APP_UNNAMED", () => ["journal", "--partition", "0"]],
    ["a command that there is not", 2, "CLI_WRONG_CALL", () => ["rewind"]],
  ])("refuses %s", async (_, code, word, args) => {
    const said = await millrace(...args());
    expect(said.err).toMatch(new RegExp(`^${word}: `));
    expect(said).toMatchObject({ code, out: "" });
  });
});

function place(): string[] {
  return ["--app", "shop", "--path", path.join(directory, "log")];
}

/** Returns the digests that the app had before it stopped. */
async function runAnApp(log: string): Promise<typeof live> {
  const completed = Promise.withResolvers<void>();
  const app = new Millrace(
    { id: "shop", log: { kind: "embedded", path: log }, partitions: 2, logger: pino({ level: "silent" }) },
    { onFrame: (_, { records }) => records.some(({ type }) => type === "RunCompleted") && completed.resolve() },
  );
  app.createFunction({ id: "ship", triggers: [{ event: "order/placed" }] }, async ({ event, step }) => step.run("ship", () => event.name));
  await app.start();
  await app.send({ name: "order/placed", data: { order: 1 }, key: "customer 1" });
  await completed.promise;
  const digests = await app.digests();
  await app.stop();
  return digests;
}

async function moduleOf(text: string): Promise<string> {
  const file = path.join(await mkdtemp(path.join(directory, "module-")), "app.mjs");
  await writeFile(file, text);
  return file;
}

async function millrace(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [path.join(ROOT, "cli/main.ts"), ...args], { stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

function lines(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
