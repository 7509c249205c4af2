// Where no Kafka can be had, a file that needs it becomes one test that says so, instead of an import that fails.
import { inject, test, TestRunner } from "vitest";

export default class KafkaAwareRunner extends TestRunner {
  override importFile(file: string, source: "collect" | "setup"): unknown {
    const kafka = inject("kafka");
    if (source === "setup" || !file.endsWith(".kafka.test.ts") || kafka.status === "ready") return super.importFile(file, source);
    if (kafka.verdict === "skip") {
      test.skip(`needs Kafka: ${kafka.reason}`, () => {});
    } else {
      test("has the Kafka broker it needs", () => {
        throw new Error(kafka.reason);
      });
    }
    return undefined;
  }
}
