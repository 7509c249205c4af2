// millrace topics: the commands that make an app's topics, for clusters where an app may not make them itself; and those that let it use them.
import type { Command } from "commander";
import { checkOptions } from "../engine/config/options.ts";
import { appTopics } from "../engine/task/app-topics.ts";
import { topicCommand, topicSpecs } from "../engine/worker/topic-specs.ts";
import { ACL_ROLES, aclCommand, aclsOf, type AclRole } from "../engine/worker/acl-list.ts";
import { wholeNumber } from "./app-log.ts";
import { CliError } from "./cli-error.ts";

interface TopicsFlags {
  readonly app: string;
  readonly topicPrefix?: string;
  readonly partitions?: string;
  readonly maxEventBytes?: string;
  readonly replicationFactor: string;
  readonly bootstrapServer: string;
  readonly acls?: true;
  readonly principal?: string;
  readonly role: string;
  readonly consumer: readonly string[];
  readonly source: readonly string[];
  readonly erasable?: true;
  readonly createTopics: boolean;
}

export function topicsCommand(command: Command): Command {
  return command
    .description("print the kafka-topics commands that make an app's topics, or the kafka-acls commands that let it use them")
    .requiredOption("--app <id>", "the app's id")
    .option("--topic-prefix <prefix>", "as given to `new Millrace`")
    .option("--partitions <number>", "partitions of the app; the count never changes afterwards (default: 8)")
    .option("--max-event-bytes <bytes>", "as given to `new Millrace` (default: 1048576)")
    .option("--replication-factor <number>", "copies of each topic", "3")
    .option("--bootstrap-server <address>", "put into the commands", "localhost:9092")
    .option("--acls", "print the kafka-acls commands instead: the least that a process needs")
    .option("--principal <name>", "who is allowed, as brokers know it, e.g. User:shop")
    .option("--role <role>", `what it is: ${ACL_ROLES.join(", ")}`, "worker")
    .option("--consumer <id>", "a consumer of the app, with topics of its own; <id>@3: its newest version is 3; may be repeated", named, [])
    .option("--source <topic>", "a topic of others that the app reads; may be repeated", named, [])
    .option("--erasable", "data of subjects is sealed, and can be erased: there is a topic of their keys")
    .option("--no-create-topics", "the app does not make its topics itself")
    .action((flags: TopicsFlags) => (flags.acls === true ? printAcls(flags) : printTopics(flags)));
}

function named(name: string, before: readonly string[]): readonly string[] {
  return [...before, name];
}

function printAcls({ app, topicPrefix, principal, role, consumer, source, erasable, createTopics, bootstrapServer }: TopicsFlags): void {
  if (principal === undefined || !/^[^:]+:./.test(principal))
    throw new CliError("CLI_BAD_CHOICE", "--acls needs --principal: who is allowed, as brokers know it, e.g. --principal User:shop");
  if (!isRole(role)) throw new CliError("CLI_BAD_CHOICE", `--role is ${ACL_ROLES.join(", ")}, not "${role}"`);
  const { id, topicPrefix: prefix } = checkOptions({ id: app, ...(topicPrefix === undefined ? {} : { topicPrefix }) });
  const consumers = consumer.map(consumerOf);
  for (const acl of aclsOf({
    role,
    topics: appTopics(prefix + id),
    consumers,
    sources: source,
    erasable: erasable === true,
    createTopics,
  })) {
    process.stdout.write(`${aclCommand(acl, { principal, bootstrapServer })}\n`);
  }
}

/** @throws CliError `CLI_BAD_NUMBER` */
function consumerOf(text: string): { readonly id: string; readonly newest: number } {
  const [id = "", newest] = text.split("@");
  return { id, newest: newest === undefined ? 1 : wholeNumber("--consumer", newest, 1) };
}

function isRole(role: string): role is AclRole {
  return (ACL_ROLES as readonly string[]).includes(role);
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
  for (const spec of topicSpecs({
    topics: appTopics(prefix + id),
    partitions: count,
    maxEventBytes: largest,
    fsync,
    erasable: flags.erasable === true,
  })) {
    process.stdout.write(`${topicCommand(spec, replicationFactor, flags.bootstrapServer)}\n`);
  }
}
