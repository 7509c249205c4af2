// `millrace new consumer` as a newcomer follows it: what it writes compiles, its test passes, and its service runs.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const SOURCE = "--conditions=@millrace/source";
const run = promisify(execFile);
let project = "";

beforeAll(async () => {
  project = await mkdtemp(path.join(tmpdir(), "millrace-new-"));
  await mkdir(path.join(project, "node_modules/@types"), { recursive: true });
  await symlink(ROOT, path.join(project, "node_modules/millrace"));
  await symlink(path.join(ROOT, "node_modules/@types/node"), path.join(project, "node_modules/@types/node"));
  await writeFile(path.join(project, "package.json"), JSON.stringify({ name: "@acme/shop", type: "module" }));
  await millrace("new", "consumer", "order-totals", "--event", "order/placed", "order/refunded");
});

afterAll(() => rm(project, { recursive: true, force: true }));

async function millrace(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run(process.execPath, [SOURCE, path.join(ROOT, "cli/main.ts"), ...args], { cwd: project });
}

test("three files, of the app that package.json names", async () => {
  const folder = path.join(project, "consumers/order-totals");
  expect((await readdir(folder)).toSorted()).toEqual(["order-totals.test.ts", "order-totals.ts", "service.ts"]);
  expect(await readFile(path.join(folder, "service.ts"), "utf8")).toContain('new Millrace<Events>({ id: "shop" })');
});

test("its test passes", async () => {
  const { stdout } = await run(process.execPath, [SOURCE, "--test", "--test-reporter=tap", "consumers/order-totals/*.test.ts"], {
    cwd: project,
  });
  expect(stdout).toContain("# pass 2");
  expect(stdout).toContain("# fail 0");
});

test("its test ends when it fails", async () => {
  const file = path.join(project, "consumers/order-totals/order-totals.test.ts");
  const failing = (await readFile(file, "utf8")).replaceAll("{ amount: 10 }", "{ amount: 11 }");
  await writeFile(path.join(project, "consumers/order-totals/failing.test.ts"), failing);
  const failed = run(process.execPath, [SOURCE, "--test", "--test-reporter=tap", "consumers/order-totals/failing.test.ts"], {
    cwd: project,
    timeout: 60_000,
  });
  await expect(failed).rejects.toMatchObject({ killed: false, stdout: expect.stringContaining("# fail 2") as string });
  await rm(path.join(project, "consumers/order-totals/failing.test.ts"));
});

test("a name that code cannot have gets another one in the code; an event that is no whole name is refused", async () => {
  await millrace("new", "consumer", "class", "--event", "order/placed", "--dir", "others");
  const { stdout } = await run(process.execPath, [SOURCE, "--test", "--test-reporter=tap", "others/class/*.test.ts"], { cwd: project });
  expect(stdout).toContain("# pass 2");
  for (const event of ["order/*", "millrace/function.failed", "x".repeat(257)]) {
    await expect(millrace("new", "consumer", "more", "--event", event)).rejects.toMatchObject({
      stderr: expect.stringContaining("CLI_BAD_NAME") as string,
    });
  }
});

test("the name of an app that there cannot be is refused before anything is written", async () => {
  await expect(millrace("new", "consumer", "more", "--app", 'my "app"')).rejects.toMatchObject({
    stderr: expect.stringContaining("CLI_BAD_NAME") as string,
  });
});

test("it compiles, by strict rules", async () => {
  const compilerOptions = { noPropertyAccessFromIndexSignature: false, incremental: false, tsBuildInfoFile: null, types: ["node"] };
  const settings = { extends: path.join(ROOT, "tsconfig.json"), compilerOptions, include: ["consumers"] };
  await writeFile(path.join(project, "tsconfig.json"), JSON.stringify(settings));
  // That there is a mistake is seen, too.
  await writeFile(path.join(project, "consumers/wrong.ts"), 'export const wrong: number = "text";\n');
  const stdout = await complaints();
  // What others are about to change in the library is not its matter.
  expect(stdout.split("\n").filter((line) => line.startsWith("consumers"))).toEqual([expect.stringMatching(/^consumers.wrong\.ts/)]);
});

async function complaints(): Promise<string> {
  try {
    return (await run(path.join(ROOT, "node_modules/.bin/tsc"), ["-p", "."], { cwd: project })).stdout;
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}

test("its service runs, and tells of an event that another process sent", async () => {
  const log = path.join(project, ".millrace");
  const send = `import { Millrace } from "millrace";
    const app = new Millrace({ id: "shop", log: { kind: "embedded", path: ${JSON.stringify(log)} } });
    await app.send({ name: "order/placed", key: "o-1", data: { amount: 7 } });
    await app.stop();`;
  await writeFile(path.join(project, "send.ts"), send);
  await run(process.execPath, [SOURCE, "send.ts"], { cwd: project });
  const child = spawn(process.execPath, [SOURCE, path.join(ROOT, "cli/main.ts"), "worker", "consumers/order-totals/service.ts"], {
    cwd: project,
    env: { ...process.env, LOG_LEVEL: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
    expect(line).toBe("o-1: 1 events, 7 in all\n");
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

test("what is there is never written over", async () => {
  await expect(millrace("new", "consumer", "order-totals")).rejects.toMatchObject({
    stderr: expect.stringContaining("CLI_FILE_EXISTS") as string,
  });
});
