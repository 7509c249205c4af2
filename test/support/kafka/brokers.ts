// For test files named `*.kafka.test.ts`: the broker that all of them share in a run.
import { inject } from "vitest";

/** What the run's set-up found. */
export type SharedKafka =
  | { readonly status: "ready"; readonly brokers: readonly string[] }
  | { readonly status: "none"; readonly reason: string; readonly verdict: "skip" | "fail" };

declare module "vitest" {
  interface ProvidedContext {
    kafka: SharedKafka;
  }
}

/** Addresses of the shared broker. Topics are shared too: give yours names of their own. */
export function kafkaBrokers(): string[] {
  const kafka = inject("kafka");
  if (kafka.status === "none") throw new Error(`no Kafka broker: ${kafka.reason}. Only files named *.kafka.test.ts are skipped for that`);
  return [...kafka.brokers];
}
