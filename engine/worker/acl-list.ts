// What an app may do with Kafka and must: the least that each kind of process needs, by resource and operation (KIP-11's names).
import { consumerTopics } from "../task/consumer/consumer-topics.ts";
import { groupOf, type AppTopics } from "../task/app-topics.ts";
import { serversGroup } from "./servers-group.ts";

/** `consumers`: runs the app's consumers and none of its functions. `server`: the server by itself, its workers elsewhere. */
export type AclRole = "worker" | "producer" | "server" | "consumers";

export const ACL_ROLES: readonly AclRole[] = ["worker", "producer", "server", "consumers"];

export type AclOperation = "Read" | "Write" | "Describe" | "DescribeConfigs" | "Delete" | "Create";

export interface Acl {
  readonly resource: "topic" | "group";
  readonly name: string;
  /** `prefixed`: all whose names begin with it. */
  readonly pattern: "literal" | "prefixed";
  /** Read, Write and Delete have Describe in them. */
  readonly operations: readonly AclOperation[];
}

export interface AclWishes {
  readonly role: AclRole;
  readonly topics: AppTopics;
  /** Of the app. `newest`: the newest of its versions. */
  readonly consumers: readonly { readonly id: string; readonly newest: number }[];
  /** Ids of the app's sinks. */
  readonly sinks: readonly string[];
  /** Topics of others that the app reads. */
  readonly sources: readonly string[];
  /** Whether there are keys of subjects; where not, it is looked whether there are. */
  readonly erasable: boolean;
  /** Whether the app makes its topics itself. */
  readonly createTopics: boolean;
}

type Purpose = keyof AppTopics;

/** Of the app's own topics. Whoever connects looks at all of them first. */
const OF_APP: Readonly<Record<AclRole, Readonly<Record<Purpose, readonly AclOperation[]>>>> = {
  worker: {
    events: ["Read", "Write"],
    journal: ["Read", "Write", "Delete"],
    inbox: ["Read", "Write", "Delete"],
    state: ["Read", "Write"],
    functions: ["Read", "Write"],
    schemas: ["Read", "Write"],
    deadLetter: ["Write"],
    keys: ["Read", "Write"],
  },
  producer: {
    events: ["Write"],
    journal: ["Describe"],
    inbox: ["Describe"],
    state: ["Describe"],
    functions: ["Describe"],
    schemas: ["Read", "Write"],
    deadLetter: ["Describe"],
    keys: ["Read", "Write"],
  },
  server: {
    events: ["Read", "Write"],
    journal: ["Read"],
    inbox: ["Write"],
    state: ["Read"],
    functions: ["Read"],
    schemas: ["Read", "Write"],
    deadLetter: ["Read", "Write"],
    keys: ["Read", "Write"],
  },
  consumers: {
    events: ["Read"],
    journal: ["Describe"],
    inbox: ["Describe"],
    state: ["Describe"],
    functions: ["Describe"],
    schemas: ["Read", "Write"],
    deadLetter: ["Describe"],
    keys: ["Read"],
  },
};

/** In the order of the topics. */
export function aclsOf({ role, topics, consumers, sinks, sources, erasable, createTopics }: AclWishes): readonly Acl[] {
  const creates: readonly AclOperation[] = createTopics ? ["Create"] : [];
  const acls: Acl[] = (Object.keys(topics) as Purpose[]).map((purpose) =>
    purpose === "keys" && !erasable
      ? topic(topics.keys, ["Describe"])
      : topic(topics[purpose], [...OF_APP[role][purpose], "DescribeConfigs", ...creates]),
  );
  if (role === "producer") return acls;
  if (role !== "consumers") acls.push(group(groupOf(topics), groupOperations(role)));
  if (role === "server") {
    acls.push(group(serversGroup(topics), ["Read"]));
    acls.push(topic(`${groupOf(topics)}.audit`, ["Read", "Write", ...creates]));
  }
  for (const { id, newest } of consumers) {
    const versions = Array.from({ length: newest }, (_, before) => consumerTopics(topics, id, before + 1));
    acls.push(...ofConsumer(role, versions, creates));
  }
  if (role !== "server") for (const id of sinks) acls.push(...ofSink(`${groupOf(topics)}.${id}`));
  return [...acls, ...sources.map((name) => topic(name, ["Read"]))];
}

/**
 * Each of its versions has topics and a group of its own, and looks whether those of others are there. Whoever runs it may write to those of versions
 * to come; a server writes to two of them, whose names have nothing in front that the others have not: so it is allowed those that there are.
 */
function ofConsumer(role: AclRole, versions: readonly AppTopics[], creates: readonly AclOperation[]): readonly Acl[] {
  const [first] = versions;
  if (first === undefined) return [];
  const name = groupOf(first);
  const operations = groupOperations(role);
  const groups: readonly Acl[] = [group(name, operations), { ...group(`${name}.`, operations), pattern: "prefixed" }];
  const all: readonly AclOperation[] = role === "server" ? ["Read"] : ["Read", "Write", "Delete", "DescribeConfigs", ...creates];
  const commands = role === "server" ? versions.flatMap((own) => [topic(own.inbox, ["Write"]), topic(own.deadLetter, ["Write"])]) : [];
  return [{ ...topic(`${name}.`, all), pattern: "prefixed" }, ...commands, ...groups];
}

/** One that reads several topics has a group for each, see sink/run-sink.ts. */
function ofSink(name: string): readonly Acl[] {
  return [group(name, ["Read"]), { ...group(`${name}/`, ["Read"]), pattern: "prefixed" }];
}

function topic(name: string, operations: readonly AclOperation[]): Acl {
  return { resource: "topic", name, pattern: "literal", operations };
}

function group(name: string, operations: readonly AclOperation[]): Acl {
  return { resource: "group", name, pattern: "literal", operations };
}

function groupOperations(role: AclRole): readonly AclOperation[] {
  return role === "server" ? ["Describe"] : ["Read"];
}

export interface AclPrinting {
  /** As brokers know it, e.g. `User:shop`. */
  readonly principal: string;
  readonly bootstrapServer: string;
}

/** What people type. */
export function aclCommand({ resource, name, pattern, operations }: Acl, { principal, bootstrapServer }: AclPrinting): string {
  const allowed = operations.map((operation) => `--operation ${operation}`).join(" ");
  const matched = pattern === "literal" ? "" : " --resource-pattern-type prefixed";
  return `kafka-acls.sh --bootstrap-server ${bootstrapServer} --add --allow-principal ${quoted(principal)} ${allowed}${matched} --${resource} ${name}`;
}

/** A certificate's name has commas, spaces and more. */
function quoted(principal: string): string {
  return /^[\w:.@-]+$/.test(principal) ? principal : `'${principal.replaceAll("'", String.raw`'\''`)}'`;
}
