// npm run demo:drip -- --kafka, as a person runs it.
import { expect, test } from "vitest";
import { kafkaBrokers } from "../support/kafka/brokers.ts";
import { runDemo } from "./demo-command.ts";
import { EVERYTHING_HOLDS } from "./drip-findings.ts";

test("everybody gets what the log's clock says that they should, though one of three workers is killed and its partitions have no owner for a while", async () => {
  const { ok, output } = await runDemo("demo:drip", ["--kafka"], { KAFKA_BROKERS: kafkaBrokers().join(",") });
  expect(output).toMatch(/worker \d is gone: \d+ runs/);
  expect(output).toMatch(/went on \(\d+ steps\) and took over after/);
  for (const finding of EVERYTHING_HOLDS) expect(output).toMatch(finding);
  expect(ok).toBe(true);
});
