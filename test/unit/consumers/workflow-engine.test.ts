// The role that runs an app: what it makes of what start() throws.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadApp, runWorkflowEngine } from "../../../consumers/workflow-engine.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "millrace-role-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function moduleWhoseStartThrows(code: string): Promise<string> {
  const file = path.join(directory, `${code}.mjs`);
  const start = `async () => { throw Object.assign(new Error("of another copy"), { code: "${code}", family: "worker" }); }`;
  await writeFile(file, `export const app = { id: "shop", start: ${start}, stop: async () => {} };`);
  return file;
}

test("a deployment that is taken up late is no reason to end, whichever copy of the package says so", async () => {
  const file = await moduleWhoseStartThrows("ACTIVATION_TIMEOUT");
  const before = process.listeners("SIGTERM");
  const lines: string[] = [];
  const ended = runWorkflowEngine(await loadApp(file), (line) => void lines.push(line));
  // Should it end after all, this test says so by its lines.
  await vi.waitFor(() => expect(lines.length).toBe(1), 15_000);
  const [told] = process.listeners("SIGTERM").filter((listener) => !before.includes(listener));
  told?.("SIGTERM");
  await ended;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    for (const listener of process.listeners(name)) if (!before.includes(listener)) process.removeListener(name, listener);
  }
  expect(lines).toEqual(["ACTIVATION_TIMEOUT: of another copy", "SIGTERM: stopping shop; another signal ends at once"]);
});

test("what else it throws ends the role", async () => {
  const file = await moduleWhoseStartThrows("TOPICS_MISSING");
  await expect(runWorkflowEngine(await loadApp(file), () => {})).rejects.toMatchObject({ code: "TOPICS_MISSING" });
});
