// millrace topics: the commands that make an app's topics, for clusters where an app may not make them itself.
import type { Command } from "commander";
import { checkOptions } from "../engine/config/options.ts";
import type { TopicSpec } from "../engine/log/log.ts";
import { silentLogger } from "../engine/observability/logger.ts";
import { openLog } from "../engine/sdk/open-log.ts";
import { appTopics } from "../engine/task/app-topics.ts";
import { setUpTopics } from "../engine/worker/topic-setup.ts";
import { wholeNumber } from "./app-log.ts";

interface TopicsFlags {
  readonly app: string;
  readonly topicPrefix?: string;
  readonly partitions?: string;
  readonly maxEventBytes?: string;
  readonly replicationFactor: string;
  readonly bootstrapServer: string;
}

export function topicsCommand(command: Command): Command {
  return command
    .description("print the kafka-topics commands that make an app's topics")
    .requiredOption("--app <id>", "the app's id")
    .option("--topic-prefix <prefix>", "as given to `new Millrace`")
    .option("--partitions <number>", "partitions of the app; the count never changes afterwards (default: 8)")
    .option("--max-event-bytes <bytes>", "as given to `new Millrace` (default: 1048576)")
    .option("--replication-factor <number>", "copies of each topic", "3")
    .option("--bootstrap-server <address>", "put into the commands", "localhost:9092")
    .action((flags: TopicsFlags) => printTopics(flags));
}

async function printTopics(flags: TopicsFlags): Promise<void> {
  const { app, topicPrefix, partitions, maxEventBytes } = flags;
  const replicationFactor = wholeNumber("--replication-factor", flags.replicationFactor);
  const options = checkOptions({
    id: app,
    ...(topicPrefix === undefined ? {} : { topicPrefix }),
    ...(partitions === undefined ? {} : { partitions: wholeNumber("--partitions", partitions) }),
    ...(maxEventBytes === undefined ? {} : { maxEventBytes: wholeNumber("--max-event-bytes", maxEventBytes) }),
  });
  for (const spec of await specsOf(options)) {
    process.stdout.write(`${commandFor(spec, replicationFactor, flags.bootstrapServer)}\n`);
  }
}

/** The engine itself says what it wants: it sets up its topics on a log in memory, which notes what it is asked for. */
async function specsOf(options: ReturnType<typeof checkOptions>): Promise<readonly TopicSpec[]> {
  const log = await openLog({ kind: "embedded", path: ":memory:" }, silentLogger, AbortSignal.timeout(10_000));
  const asked: TopicSpec[] = [];
  const createTopics = log.createTopics.bind(log);
  log.createTopics = (specs) => {
    asked.push(...specs);
    return createTopics(specs);
  };
  try {
    const { id, topicPrefix, partitions, maxEventBytes } = options;
    await setUpTopics({
      log,
      topics: appTopics(topicPrefix + id),
      partitions,
      maxEventBytes,
      createTopics: true,
      fsync: options.fsync,
      logger: silentLogger,
    });
  } finally {
    await log.close();
  }
  return asked;
}

function commandFor(spec: TopicSpec, replicationFactor: number, bootstrapServer: string): string {
  const settings: Record<string, string> = { ...spec.settings, ...(replicationFactor < 3 ? spec.settingsBelowThreeReplicas : {}) };
  const inSync = settings["min.insync.replicas"];
  if (inSync !== undefined && Number(inSync) > replicationFactor) settings["min.insync.replicas"] = String(replicationFactor);
  const parts = [
    `kafka-topics.sh --bootstrap-server ${bootstrapServer} --create --if-not-exists --topic ${spec.topic}`,
    `--partitions ${spec.partitions} --replication-factor ${replicationFactor}`,
    ...Object.entries(settings).map(([name, value]) => `--config ${name}=${value}`),
  ];
  return parts.join(" ");
}
