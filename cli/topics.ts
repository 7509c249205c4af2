// millrace topics: the commands that make an app's topics, for clusters where an app may not make them itself.
import type { Command } from "commander";
import { checkOptions } from "../engine/config/options.ts";
import { appTopics } from "../engine/task/app-topics.ts";
import { topicCommand, topicSpecs } from "../engine/worker/topic-specs.ts";
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

function printTopics(flags: TopicsFlags): void {
  const { app, topicPrefix, partitions, maxEventBytes } = flags;
  const replicationFactor = wholeNumber("--replication-factor", flags.replicationFactor);
  const options = checkOptions({
    id: app,
    ...(topicPrefix === undefined ? {} : { topicPrefix }),
    ...(partitions === undefined ? {} : { partitions: wholeNumber("--partitions", partitions) }),
    ...(maxEventBytes === undefined ? {} : { maxEventBytes: wholeNumber("--max-event-bytes", maxEventBytes) }),
  });
  const { id, topicPrefix: prefix, partitions: count, maxEventBytes: largest, fsync } = options;
  for (const spec of topicSpecs({ topics: appTopics(prefix + id), partitions: count, maxEventBytes: largest, fsync })) {
    process.stdout.write(`${topicCommand(spec, replicationFactor, flags.bootstrapServer)}\n`);
  }
}
