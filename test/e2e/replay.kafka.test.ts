// npm run demo:replay -- --kafka, as a person runs it.
import { expect, test } from "vitest";
import { kafkaBrokers } from "../support/kafka/brokers.ts";
import { runDemo } from "./demo-command.ts";
import { EXACTLY_THOSE } from "./replay-findings.ts";

test("on Kafka, too, exactly the 37 of 5,000 orders are named and repaired", async () => {
  const { ok, output } = await runDemo("demo:replay", ["--kafka"], { KAFKA_BROKERS: kafkaBrokers().join(",") });
  for (const finding of EXACTLY_THOSE) expect(output).toMatch(finding);
  expect(ok).toBe(true);
});
