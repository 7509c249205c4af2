// npm run demo:replay on the embedded log, as a person runs it.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runDemo } from "./demo-command.ts";
import { EXACTLY_THOSE } from "./replay-findings.ts";

test("a dry run after a bug fix names exactly the 37 of 5,000 orders that it hit, and a re-run repairs those alone", async () => {
  const scratch = await mkdtemp(path.join(tmpdir(), "millrace-e2e-"));
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  const { ok, output, tookMs } = await runDemo("demo:replay", [], { TMPDIR: scratch });
  for (const finding of EXACTLY_THOSE) expect(output).toMatch(finding);
  expect(ok).toBe(true);
  expect(tookMs).toBeLessThan(120_000); // 10 s on a quiet machine
  expect((await readdir(scratch)).filter((name) => name.startsWith("millrace"))).toEqual([]);
});
