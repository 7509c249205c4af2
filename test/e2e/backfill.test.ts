// npm run demo:backfill, with fewer rows and more kills.
import { expect, test } from "vitest";
import { runDemo } from "./demo-command.ts";

test("an iteration that is killed again and again brings every row over, and no kill costs more than a slice", async () => {
  const { ok, output } = await runDemo("demo:backfill", ["--rows", "120000", "--every", "150"]);
  expect(output).toContain("killed 1: ");
  expect(output).toContain("✓ 120000 of 120000 customers came over");
  expect(output).toMatch(/Each kill cost a slice at the most\. [\d.]+ s/);
  expect(ok).toBe(true);
});
