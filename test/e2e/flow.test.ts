// npm run demo:flow on the embedded log, as a person runs it, with fewer contacts.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runDemo } from "./demo-command.ts";
import { EVERY_LIMIT_HOLDS } from "./flow-findings.ts";

test("every limit holds by the count of those who set it, though the worker is killed three times and the service fails for a while", async () => {
  const scratch = await mkdtemp(path.join(tmpdir(), "millrace-e2e-"));
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  const { ok, output, tookMs } = await runDemo("demo:flow", ["--contacts", "2000"], { TMPDIR: scratch });
  expect(output).toMatch(/worker 3 is gone in the middle of \d+ runs/);
  expect(output).toContain("goes on from the same directory");
  for (const finding of EVERY_LIMIT_HOLDS) expect(output).toMatch(finding);
  expect(ok).toBe(true);
  expect(tookMs).toBeLessThan(180_000); // 25 s on a quiet machine
  expect((await readdir(scratch)).filter((name) => name.startsWith("millrace"))).toEqual([]);
});
