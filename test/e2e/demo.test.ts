// npm run demo on the embedded log, as a person runs it.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runDemo } from "./demo-command.ts";

test("a worker is killed half-way, another completes every run, and no finished step runs again", async () => {
  const scratch = await mkdtemp(path.join(tmpdir(), "millrace-e2e-"));
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  const { ok, output, tookMs } = await runDemo("demo", [], { TMPDIR: scratch });
  expect(output).toContain("worker 1 is gone in the middle of");
  expect(output).toContain("goes on from the same directory");
  expect(output).toContain("✓ 100 events accepted, 200 runs: one for each event and function");
  expect(output).toContain("✓ 200 of 200 runs completed");
  expect(output).toContain("✓ no finished steps ran again");
  expect(output).toContain("✓ 100 welcome emails sent, one for each event");
  expect(output).toMatch(/(no|\d+) steps? ran again that had been executing when the worker was killed/);
  expect(output.trimEnd()).toMatch(/Every run completed, and no finished step ran twice\. [\d.]+ s$/);
  expect(ok).toBe(true);
  expect(tookMs).toBeLessThan(60_000); // 10 s on a quiet machine
  expect((await readdir(scratch)).filter((name) => name.startsWith("millrace"))).toEqual([]);
});
