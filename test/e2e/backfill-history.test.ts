// npm run demo:backfill-history, with fewer orders.
import { expect, test } from "vitest";
import { runDemo } from "./demo-command.ts";

test("a new function gets orders of the past once each, beside those that come, by workers that are killed", async () => {
  const { ok, output } = await runDemo("demo:backfill-history", ["--past", "600", "--kills", "2"]);
  expect(output).toContain("killed 2: ");
  expect(output).toContain("✓ 800 of 800 orders have points: 600 from before the function was there, 200 that came since");
  expect(output).toContain("✓ 0 orders have points of two runs");
  expect(ok).toBe(true);
});
