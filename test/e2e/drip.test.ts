// npm run demo:drip on the embedded log, as a person runs it.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runDemo } from "./demo-command.ts";
import { EVERYTHING_HOLDS } from "./drip-findings.ts";

test("everybody gets what the log's clock says that they should, though the worker is killed while most are waited for", async () => {
  const scratch = await mkdtemp(path.join(tmpdir(), "millrace-e2e-"));
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  const { ok, output, tookMs } = await runDemo("demo:drip", [], { TMPDIR: scratch });
  expect(output).toMatch(/worker 1 is gone: \d+ runs/);
  expect(output).toContain("goes on from the same directory");
  for (const finding of EVERYTHING_HOLDS) expect(output).toMatch(finding);
  expect(ok).toBe(true);
  expect(tookMs).toBeLessThan(120_000); // 17 s on a quiet machine
  expect((await readdir(scratch)).filter((name) => name.startsWith("millrace"))).toEqual([]);
});
