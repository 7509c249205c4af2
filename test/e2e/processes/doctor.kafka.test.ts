// millrace doctor, on a real Kafka whose topics somebody made as they should not be.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../../cli/doctor/finding.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import { silentPino } from "../../../engine/sdk/testing.ts";
import type { TopicSpec } from "../../../engine/log/log.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { topicSpecs } from "../../../engine/worker/topic-specs.ts";
import { auditTopicSpec } from "../../../server/audit/audit-topic.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { DevRun, ended } from "../dev/dev-run.ts";

/** `change`: of the topics as they should be. */
async function topicsOf(id: string, change: (spec: TopicSpec) => TopicSpec | null): Promise<void> {
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  try {
    const topics = appTopics(id);
    const specs = topicSpecs({ topics, partitions: 3, maxEventBytes: 1024 * 1024, fsync: "auto" });
    await log.createTopics([...specs, auditTopicSpec(topics)].flatMap((spec) => change(spec) ?? []));
  } finally {
    await log.close();
  }
}

interface Said {
  readonly code: number | string | null;
  readonly findings: readonly Finding[];
}

async function doctor(...args: readonly string[]): Promise<Said> {
  return doctorOf({}, ...args);
}

async function doctorOf(files: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Said> {
  await using run = await DevRun.in(files);
  const code = await ended(run.spawn("doctor", "--json", ...args));
  const lines = run.said.split("\n").filter((line) => line.startsWith("{"));
  return { code, findings: lines.map((line) => JSON.parse(line) as Finding) };
}

const brokers = (): readonly string[] => ["--brokers", kafkaBrokers().join(",")];

function about(findings: readonly Finding[], of: string): readonly Finding[] {
  return findings.filter((finding) => finding.of === of);
}

describe("millrace doctor", () => {
  test("finds nothing wrong with topics as the app makes them, and leaves a trace of having asked for the log's time", async () => {
    const id = `well-${randomUUID().slice(0, 8)}`;
    await topicsOf(id, (spec) => spec);
    const { code, findings } = await doctor("--app", id, ...brokers());
    expect(findings.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    expect(code).toBe(0);
    expect(findings.filter(({ of }) => of.startsWith("broker")).map(({ says }) => says)).toContainEqual(expect.stringMatching(/^Kafka \d/));
    expect(about(findings, `topic ${id}.journal`)).toMatchObject([{ verdict: "ok", says: "3 partitions, 1 copies" }]);
    expect(about(findings, "workers")).toMatchObject([{ verdict: "warn", mend: "millrace worker <module>" }]);
    expect(about(findings, "clock")).toMatchObject([{ verdict: "ok", says: expect.stringMatching(/^\d+ ms from the log's$/) as string }]);
  });

  test("names each setting that would cost data, with the command that mends it", async () => {
    const id = `ill-${randomUUID().slice(0, 8)}`;
    const wrong: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      [`${id}.journal`]: { "retention.ms": "604800000", "max.message.bytes": "1048576" },
      [`${id}.inbox`]: { "cleanup.policy": "compact" },
      [`${id}.events`]: { "message.timestamp.type": "CreateTime" },
    };
    await topicsOf(id, (spec) => {
      if (spec.topic === `${id}.functions`) return null;
      const partitions = spec.topic === `${id}.state` ? 2 : spec.partitions;
      return { ...spec, partitions, settings: { ...spec.settings, ...wrong[spec.topic] } };
    });
    const { code, findings } = await doctor("--app", id, ...brokers());
    expect(code).toBe(1);
    const alter = (topic: string, setting: string): string =>
      `kafka-configs.sh --bootstrap-server ${kafkaBrokers()[0]} --alter --entity-type topics --entity-name ${id}.${topic} --add-config ${setting}`;
    const found = (topic: string): unknown => about(findings, `topic ${id}.${topic}`).map(({ verdict, mend }) => [verdict, mend]);
    expect(found("journal")).toEqual([
      ["fail", alter("journal", "retention.ms=-1")],
      ["fail", alter("journal", "max.message.bytes=4194304")],
    ]);
    expect(found("inbox")).toEqual([["fail", alter("inbox", "cleanup.policy=delete")]]);
    expect(found("events")).toEqual([["warn", alter("events", "message.timestamp.type=LogAppendTime")]]);
    expect(about(findings, `topic ${id}.functions`)).toMatchObject([
      { verdict: "fail", says: "is not there", mend: expect.stringContaining(`kafka-topics.sh`) as string },
    ]);
    expect(about(findings, `topic ${id}.state`)).toMatchObject([{ verdict: "fail", says: "has 2 partitions, and the app has 3" }]);
  });

  test("tells that another count of partitions in the code is none that holds", async () => {
    const id = `other-${randomUUID().slice(0, 8)}`;
    await topicsOf(id, (spec) => spec);
    const code = `import { Millrace } from "millrace"; export const app = new Millrace({ id: "${id}", partitions: 6 });`;
    const { code: exit, findings } = await doctorOf({ "app.ts": code }, "app.ts", ...brokers());
    expect(about(findings, "partitions")).toMatchObject([
      { verdict: "warn", says: expect.stringContaining("say 6, and the app has 3") as string },
    ]);
    expect(exit).toBe(0);
  });

  test("looks at the topics of consumers, and at the keys of an erasable app, also where the app's code is not here", async () => {
    const id = `whole-${randomUUID().slice(0, 8)}`;
    const app = new Millrace({
      id,
      log: { kind: "kafka", brokers: [...kafkaBrokers()] },
      partitions: 3,
      logger: silentPino,
      erasable: true,
    });
    app.createConsumer({
      id: "ledger",
      events: ["noted"],
      from: "beginning",
      key: "event.id",
      state: { seen: (count: number | undefined) => (count ?? 0) + 1 },
    });
    // Somebody was there before, and meant well.
    const log = await openKafkaLog({ brokers: kafkaBrokers() });
    await log.createTopics([
      { topic: `${id}.ledger.journal`, partitions: 3, settings: { "cleanup.policy": "delete", "retention.ms": "604800000" } },
    ]);
    await log.close();
    await app.start();
    await app.stop();
    const { code, findings } = await doctor("--app", id, ...brokers());
    expect(code).toBe(1);
    expect(about(findings, `topic ${id}.ledger.journal`)).toContainEqual({
      of: `topic ${id}.ledger.journal`,
      verdict: "fail",
      says: "retention.ms is 604800000 and should be -1: what state is built from would be deleted",
      mend: expect.stringContaining(`--entity-name ${id}.ledger.journal --add-config retention.ms=-1`) as string,
    });
    expect(about(findings, `topic ${id}.ledger.state`)).toMatchObject([{ verdict: "ok", says: "3 partitions, 1 copies" }]);
    expect(about(findings, `topic ${id}.keys`)).toMatchObject([{ verdict: "ok" }]);
  });

  test("a broker that has two addresses is one, and commands for topics ask for no more copies than there are brokers", async () => {
    const [address = ""] = kafkaBrokers();
    const port = address.slice(address.lastIndexOf(":") + 1);
    const { code, findings } = await doctor("--app", `two-${randomUUID().slice(0, 8)}`, "--brokers", `localhost:${port},127.0.0.1:${port}`);
    expect(code).toBe(1);
    for (const host of ["localhost", "127.0.0.1"]) expect(about(findings, `broker ${host}:${port}`)).toMatchObject([{ verdict: "ok" }]);
    const missing = findings.flatMap(({ says, mend }) => (says === "is not there" ? [mend] : []));
    expect(missing.length).toBeGreaterThan(0);
    for (const mend of missing) expect(mend).toContain("--replication-factor 1 ");
  });

  test("a broker that is not there, and a registry that refuses the login, are told beside what is well", async () => {
    const id = `half-${randomUUID().slice(0, 8)}`;
    await topicsOf(id, (spec) => spec);
    const registry = createServer((_, response) => void response.writeHead(401).end());
    await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
    const { port } = registry.address() as AddressInfo;
    try {
      await using run = await DevRun.in({
        "millrace.json": JSON.stringify({
          app: id,
          log: { brokers: [...kafkaBrokers(), "127.0.0.1:9"] },
          registry: { url: `http://127.0.0.1:${port}` },
        }),
      });
      expect(await ended(run.spawn("doctor"))).toBe(1);
      expect(run.said).toContain("✗ broker 127.0.0.1:9: LOG_UNAVAILABLE");
      expect(run.said).toContain(`✗ registry 127.0.0.1:${port}: refuses the login (401)`);
      expect(run.said).toContain(`✓ topic ${id}.journal`);
      expect(run.said).toMatch(/\n\d+ are well, \d+ may become trouble, 2 are wrong\n$/);
    } finally {
      registry.close();
    }
  });
});
