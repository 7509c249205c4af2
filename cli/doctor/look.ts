// Everything that `millrace doctor` looks at, one after the other: what cannot be looked at is told, and the rest goes on.
import { existsSync } from "node:fs";
import path from "node:path";
import type { LogOptions, SettledOptions } from "../../engine/config/options.ts";
import type { Codec } from "../../engine/log/encrypted/codec.ts";
import { openEncryptedLog } from "../../engine/log/encrypted/encrypted-log.ts";
import type { Log } from "../../engine/log/log.ts";
import { openLog } from "../../engine/sdk/open-log.ts";
import { ownTopics } from "../../engine/sdk/own-topics.ts";
import { appTopics } from "../../engine/task/app-topics.ts";
import { topicSpecs } from "../../engine/worker/topic-specs.ts";
import { auditTopicSpec } from "../../server/audit/audit-topic.ts";
import { findConsumers } from "../../server/consumers/consumer-versions.ts";
import { toStandardError } from "../app-log.ts";
import { packageVersion } from "../package-file.ts";
import { brokerFindings } from "./brokers.ts";
import { clockFinding } from "./clock.ts";
import { fail, messageOf, ok, warn, type Finding } from "./finding.ts";
import { diskFinding, nodeFinding, tokensFinding, watchEventLoop } from "./machine.ts";
import { registryFinding } from "./registry.ts";
import { countFindings, topicFindings } from "./topics.ts";
import { workerFindings } from "./workers.ts";

export interface LookOptions {
  readonly options: SettledOptions;
  readonly codec: Codec | null;
  /** A file. */
  readonly tokens: string | null;
}

const OPENING_MS = 10_000;
const SEE_GUIDE = 'see the guide\'s "When something stops"';

/** In the order in which they are to be mended. */
export async function look({ options, codec, tokens }: LookOptions): Promise<readonly Finding[]> {
  const eventLoop = watchEventLoop();
  const findings: Finding[] = [nodeFinding(process.versions.node), ok("Millrace", packageVersion())];
  if (tokens !== null) findings.push(tokensFinding(tokens));
  const { log: logOptions } = options;
  if (logOptions.kind === "embedded") findings.push(...embeddedFindings(logOptions));
  else findings.push(...(await kafkaFindings(options, logOptions, codec)));
  const registry = await registryFinding(options.registry);
  return [...findings, ...(registry === null ? [] : [registry]), eventLoop()];
}

function embeddedFindings({ path: directory = ".millrace" }: Extract<LogOptions, { kind: "embedded" }>): readonly Finding[] {
  return directory === ":memory:"
    ? [ok("log", "in memory: it is gone with its process")]
    : [embeddedFinding(directory), diskFinding(directory)];
}

/** Whoever means Kafka, and has said so nowhere, is to see it. */
function embeddedFinding(directory: string): Finding {
  if (existsSync(path.join(directory, "log.db"))) return ok("log", `embedded ${directory}`);
  const mend = "the app makes it when it starts. Where it is elsewhere: --path; on Kafka: --brokers, MILLRACE_BROKERS or log.brokers";
  return warn("log", `embedded ${path.resolve(directory)}: there is none yet`, mend);
}

async function kafkaFindings(
  options: LookOptions["options"],
  logOptions: Extract<LogOptions, { kind: "kafka" }>,
  codec: Codec | null,
): Promise<readonly Finding[]> {
  const { findings: brokers, clusterSize } = await brokerFindings(logOptions);
  // Nothing else can be asked.
  if (!brokers.some(({ verdict }) => verdict === "ok")) return brokers;
  let bare: Log;
  try {
    bare = await openLog(logOptions, toStandardError, AbortSignal.timeout(OPENING_MS));
  } catch (error) {
    return [...brokers, fail("log", messageOf(error), SEE_GUIDE)];
  }
  try {
    return [...brokers, ...(await appFindings(bare, options, { codec, clusterSize, bootstrapServer: logOptions.brokers[0] ?? "" }))];
  } catch (error) {
    return [...brokers, fail("log", messageOf(error), SEE_GUIDE)];
  } finally {
    await bare.close();
  }
}

async function appFindings(
  bare: Log,
  { id, topicPrefix, maxEventBytes, fsync, partitions, partitionsSaid, erasable }: LookOptions["options"],
  { codec, clusterSize, bootstrapServer }: { readonly codec: Codec | null; readonly clusterSize: number; readonly bootstrapServer: string },
): Promise<readonly Finding[]> {
  const topics = appTopics(topicPrefix + id);
  const log = await openEncryptedLog(bare, { codec, isOwn: ownTopics(topics) });
  const journal = await log.describeTopic(topics.journal);
  const isThere = async (topic: string): Promise<boolean> => (await log.describeTopic(topic)) !== null;
  const all = [
    ...topicSpecs({
      topics,
      partitions: journal?.partitions ?? partitions,
      maxEventBytes,
      fsync,
      // Of an app whose code is not here, its topics say it.
      erasable: erasable || (await isThere(topics.keys)),
    }),
  ];
  // Nobody needs it before somebody does something.
  const audit = auditTopicSpec(topics);
  if (await isThere(audit.topic)) all.push(audit);
  // Each has a state of its own that is built from its own journal.
  for (const consumer of await findConsumers({ log, topics })) {
    all.push(...topicSpecs({ topics: consumer.topics, partitions: consumer.partitions, maxEventBytes, fsync, of: "consumer" }));
  }
  const found = await Promise.all(all.map(({ topic }) => log.describeTopic(topic)));
  const findings = [...topicFindings({ specs: all, found, brokers: clusterSize, bootstrapServer })];
  if (journal === null) return findings;
  findings.push(...countFindings(journal, partitionsSaid));
  findings.push(...(await tried("workers", () => workerFindings(log, topics, id))));
  findings.push(...(await tried("clock", async () => [await clockFinding(log, topics)])));
  return findings;
}

async function tried(of: string, work: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    return [fail(of, messageOf(error), SEE_GUIDE)];
  }
}
