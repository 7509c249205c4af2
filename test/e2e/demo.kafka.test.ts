// npm run demo -- --kafka, as a person runs it.
import { expect, test } from "vitest";
import { kafkaBrokers } from "../support/kafka/brokers.ts";
import { runDemo } from "./demo-command.ts";

test("one of three workers is killed, the others take over its partitions and complete every run", async () => {
  const { ok, output } = await runDemo("demo", ["--kafka"], { KAFKA_BROKERS: kafkaBrokers().join(",") });
  expect(output).toMatch(/worker \d is gone in the middle of/);
  expect(output).toMatch(/went on \(\d+ steps\) and took over after/);
  expect(output).toContain("✓ 150 events accepted, 300 runs: one for each event and function");
  expect(output).toContain("✓ 300 of 300 runs completed");
  expect(output).toContain("✓ no finished steps ran again");
  expect(output.trimEnd()).toMatch(/Every run completed, and no finished step ran twice\. [\d.]+ s$/);
  expect(ok).toBe(true);
});
