// Provides the one broker of a test run to every project with Kafka tests in it, and starts it only when there are such.
import type { TestProject } from "vitest/node";

import { KafkaUnavailable } from "./broker.ts";
import type { SharedKafka } from "./brokers.ts";
import { obtainKafka } from "./start.ts";
import { withoutKafka } from "./ways.ts";

// Every project loads this file, and all it imports, anew: what they share hangs on the process and is plain data.
interface Shared {
  users: number;
  obtained: Promise<Obtained>;
}
interface Obtained {
  readonly kafka: SharedKafka;
  readonly close: () => Promise<void>;
}
const process_ = globalThis as typeof globalThis & { millraceTestKafka?: Shared };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { testFiles } = await project.globTestFiles(fileFilters(project));
  if (!testFiles.some((file) => file.endsWith(".kafka.test.ts"))) {
    project.provide("kafka", { status: "none", reason: "no Kafka test was asked for", verdict: "skip" });
    return async () => {};
  }
  const shared = (process_.millraceTestKafka ??= { users: 0, obtained: obtain() });
  shared.users += 1;
  project.provide("kafka", (await shared.obtained).kafka);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    delete process_.millraceTestKafka;
    await (await shared.obtained).close();
  };
}

/** The words after `vitest run`. Not part of vitest's published types; without them every file of the project counts. */
function fileFilters(project: TestProject): string[] {
  const filters: unknown = Reflect.get(project.vitest, "filenamePattern");
  return Array.isArray(filters) ? filters.filter((filter) => typeof filter === "string") : [];
}

async function obtain(): Promise<Obtained> {
  try {
    const kafka = await obtainKafka({ say: (line) => console.error(line) });
    return { kafka: { status: "ready", brokers: kafka.brokers }, close: () => kafka.close() };
  } catch (error) {
    if (!(error instanceof KafkaUnavailable)) throw error;
    const verdict = withoutKafka(process.env);
    console.error(`\n*** Kafka tests ${verdict === "skip" ? "SKIPPED" : "FAIL, for CI is set"}: ${error.message} ***\n`);
    return { kafka: { status: "none", reason: error.message, verdict }, close: async () => {} };
  }
}
