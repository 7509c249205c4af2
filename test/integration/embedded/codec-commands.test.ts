// What commands tell of an app that is encrypted: with its codec all, and without it which key they miss.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { until } from "../../support/faults/until.ts";
import type { Millrace } from "../../../engine/sdk/index.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const MODULE = path.join(ROOT, "test/support/secrets/sealed-app.ts");
const WORD = "kingfisher7341";
const run = promisify(execFile);

let directory = "";
let settings = "";
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "millrace-sealed-"));
  settings = JSON.stringify({ path: path.join(directory, "log"), key: randomBytes(32).toString("base64") });
  vi.stubEnv("MILLRACE_SEALED", settings);
  const { app } = (await import("../../support/secrets/sealed-app.ts")) as { readonly app: Millrace };
  await app.start();
  await app.send({ name: "go", data: { word: WORD } });
  await until("its run waits", async () => ([...(await app.digests()).values()][0]?.lsn ?? 0) > 2);
  await app.stop();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

async function millrace(...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const options = { cwd: directory, env: { ...process.env, MILLRACE_SEALED: settings } };
  try {
    return {
      code: 0,
      ...(await run(process.execPath, ["--conditions=@millrace/source", path.join(ROOT, "cli/main.ts"), ...args], options)),
    };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

const PLACE = ["--app", "sealed", "--path", "log"];

test("the files of the log have not a word of the data", async () => {
  for (const name of await readdir(path.join(directory, "log"))) {
    expect((await readFile(path.join(directory, "log", name))).includes(WORD), name).toBe(false);
  }
});

test.each([
  ["verify", [], '"digest"'],
  ["journal", ["--partition", "0"], WORD],
  ["state", [], "waiting"],
])("millrace %s with --codec shows what there is; without it says which key it misses", async (command, more, shown) => {
  const told = await millrace(command, ...PLACE, ...more, "--codec", MODULE);
  expect(told).toMatchObject({ code: 0 });
  expect(told.stdout).toContain(shown);
  const { code, stderr, stdout } = await millrace(command, ...PLACE, ...more);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^LOG_KEY_MISSING: .*the key "first".*--codec MODULE/m);
  expect(stdout).not.toContain(WORD);
});

test("millrace replay has the codec of its module", async () => {
  const { code, stdout, stderr } = await millrace("replay", MODULE, "--function", "f", "--since", "1 hour", "--dry-run", "--json");
  expect(stderr).not.toContain("LOG_KEY_MISSING");
  expect([code, stdout.includes('"same": 1')]).toEqual([0, true]);
});

test("a module without a codec, and none at all, are told from a key that is missing", async () => {
  const none = await millrace("verify", ...PLACE, "--codec", "nowhere.ts");
  expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/^CLI_NO_CODEC: .*cannot be loaded/)]);
  const other = await millrace("verify", ...PLACE, "--codec", path.join(ROOT, "engine/core/clock.ts"));
  expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/^CLI_NO_CODEC: .*neither a codec/)]);
});
