// millrace topics: the commands that make an app's topics, for clusters where an app may not make them itself; and those that let it use them.
import type { Command } from "commander";
import { checkOptions } from "../engine/config/options.ts";
import { appTopics } from "../engine/task/app-topics.ts";
import { consumerTopics } from "../engine/task/consumer/consumer-topics.ts";
import { topicCommand, topicSpecs } from "../engine/worker/topic-specs.ts";
import { ACL_ROLES, aclCommand, aclsOf, type AclRole } from "../engine/worker/acl-list.ts";
import { auditTopicSpec } from "../server/audit/audit-topic.ts";
import { wholeNumber } from "./app-log.ts";
import { CliError } from "./cli-error.ts";
import { namedApp } from "./named-app.ts";

const DEFAULT_COPIES = 3;

interface TopicsFlags {
  readonly app?: string;
  readonly config?: string;
  readonly topicPrefix?: string;
  readonly partitions?: string;
  readonly maxEventBytes?: string;
  readonly replicationFactor?: string;
  readonly bootstrapServer?: string;
  readonly acls?: true;
  readonly principal?: string;
  readonly role: string;
  readonly consumer: readonly string[];
  readonly sink: readonly string[];
  readonly source: readonly string[];
  readonly erasable?: true;
  readonly createTopics: boolean;
}

export function topicsCommand(command: Command): Command {
  return command
    .description("print the kafka-topics commands that make an app's topics, or the kafka-acls commands that let it use them")
    .option("--app <id>", "the app's id (MILLRACE_APP)")
    .option("--config <file>", "of settings, in JSON (default: millrace.json, where it is there)")
    .option("--topic-prefix <prefix>", "as given to `new Millrace`")
    .option("--partitions <number>", "partitions of the app; the count never changes afterwards (default: 8)")
    .option("--max-event-bytes <bytes>", "as given to `new Millrace` (default: 1048576)")
    .option("--replication-factor <number>", "copies of each topic (default: log.replicationFactor of the settings, else 3)")
    .option("--bootstrap-server <address>", "put into the commands (default: brokers of the settings, else localhost:9092)")
    .option("--acls", "print the kafka-acls commands instead: the least that a process needs")
    .option("--principal <name>", "who is allowed, as brokers know it, e.g. User:shop")
    .option("--role <role>", `what it is: ${ACL_ROLES.join(", ")}`, "worker")
    .option("--consumer <id>", "a consumer of the app, with topics of its own; <id>@3: its newest version is 3; may be repeated", named, [])
    .option("--sink <id>", "a sink of the app, with a consumer group of its own; may be repeated", named, [])
    .option("--source <topic>", "a topic of others that the app reads; may be repeated", named, [])
    .option("--erasable", "data of subjects is sealed, and can be erased: there is a topic of their keys")
    .option("--no-create-topics", "the app does not make its topics itself")
    .action((flags: TopicsFlags) => {
      if (flags.acls === true) return printAcls(flags);
      if (flags.principal !== undefined) throw new CliError("CLI_BAD_CHOICE", "--principal says who is allowed: it goes with --acls");
      return printTopics(flags);
    });
}

function named(name: string, before: readonly string[]): readonly string[] {
  return [...before, name];
}

function printAcls(flags: TopicsFlags): void {
  const { topicPrefix, principal, role, consumer, sink, source } = flags;
  if (principal === undefined || !/^[^:]+:./.test(principal))
    throw new CliError("CLI_BAD_CHOICE", "--acls needs --principal: who is allowed, as brokers know it, e.g. --principal User:shop");
  if (!isRole(role)) throw new CliError("CLI_BAD_CHOICE", `--role is ${ACL_ROLES.join(", ")}, not "${role}"`);
  const options = checkOptions({ id: namedApp(flags), ...(topicPrefix === undefined ? {} : { topicPrefix }) });
  const consumers = consumer.map(consumerOf);
  const bootstrapServer = bootstrapOf(flags, options);
  for (const acl of aclsOf({
    role,
    topics: appTopics(options.topicPrefix + options.id),
    consumers,
    sinks: sink,
    sources: source,
    erasable: flags.erasable === true || options.erasable,
    createTopics: flags.createTopics && options.createTopics,
  })) {
    process.stdout.write(`${aclCommand(acl, { principal, bootstrapServer })}\n`);
  }
}

/** @throws CliError `CLI_BAD_NUMBER` */
function consumerOf(text: string): { readonly id: string; readonly newest: number } {
  const [id = "", newest] = text.split("@");
  return { id, newest: newest === undefined ? 1 : wholeNumber("--consumer", newest, 1) };
}

/** Whoever runs these commands reaches the brokers that the app reaches. */
function bootstrapOf({ bootstrapServer }: TopicsFlags, { log }: Pick<ReturnType<typeof checkOptions>, "log">): string {
  return bootstrapServer ?? (log.kind === "kafka" ? log.brokers.join(",") : "localhost:9092");
}

function isRole(role: string): role is AclRole {
  return (ACL_ROLES as readonly string[]).includes(role);
}

function printTopics(flags: TopicsFlags): void {
  const { topicPrefix, partitions, maxEventBytes } = flags;
  const options = checkOptions({
    id: namedApp(flags),
    ...(topicPrefix === undefined ? {} : { topicPrefix }),
    ...(partitions === undefined ? {} : { partitions: wholeNumber("--partitions", partitions) }),
    ...(maxEventBytes === undefined ? {} : { maxEventBytes: wholeNumber("--max-event-bytes", maxEventBytes) }),
  });
  const { log } = options;
  const copies = log.kind === "kafka" ? log.replicationFactor : undefined;
  const replicationFactor =
    flags.replicationFactor === undefined ? (copies ?? DEFAULT_COPIES) : wholeNumber("--replication-factor", flags.replicationFactor, 1);
  const bootstrapServer = bootstrapOf(flags, options);
  const wishes = { partitions: options.partitions, maxEventBytes: options.maxEventBytes, fsync: options.fsync };
  const topics = appTopics(options.topicPrefix + options.id);
  const specs = [
    ...topicSpecs({ ...wishes, topics, erasable: flags.erasable === true || options.erasable }),
    auditTopicSpec(topics),
    ...flags.consumer
      .map((text) => consumerOf(text))
      .flatMap(({ id, newest }) => topicSpecs({ ...wishes, topics: consumerTopics(topics, id, newest), of: "consumer" })),
  ];
  for (const spec of specs) {
    process.stdout.write(`${topicCommand(spec, replicationFactor, bootstrapServer)}\n`);
  }
}
