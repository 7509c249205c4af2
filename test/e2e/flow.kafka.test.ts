// npm run demo:flow -- --kafka, as a person runs it, with fewer contacts.
import { expect, test } from "vitest";
import { kafkaBrokers } from "../support/kafka/brokers.ts";
import { runDemo } from "./demo-command.ts";
import { EVERY_LIMIT_HOLDS } from "./flow-findings.ts";

test("every limit holds by the count of those who set it, though whoever owns it is killed three times, and replaced", async () => {
  const { ok, output } = await runDemo("demo:flow", ["--kafka", "--contacts", "2000"], { KAFKA_BROKERS: kafkaBrokers().join(",") });
  expect(output.match(/worker \d+ is gone in the middle of \d+ runs/g)).toHaveLength(3);
  expect(output.match(/went on \(\d+ steps\) and took over after/g)).toHaveLength(3);
  for (const finding of EVERY_LIMIT_HOLDS) expect(output).toMatch(finding);
  expect(ok).toBe(true);
});
