// The app's topics: whether they are there, and set as the engine's rules need it.
import type { TopicDescription, TopicSpec } from "../../engine/log/log.ts";
import { topicCommand } from "../../engine/worker/topic-specs.ts";
import { fail, ok, warn, type Finding } from "./finding.ts";

export interface TopicsLook {
  readonly specs: readonly TopicSpec[];
  /** In the order of `specs`; null where there is none. */
  readonly found: readonly (TopicDescription | null)[];
  /** Of the cluster. */
  readonly brokers: number;
  /** Put into commands. */
  readonly bootstrapServer: string;
}

export function topicFindings({ specs, found, brokers, bootstrapServer }: TopicsLook): readonly Finding[] {
  return specs.flatMap((spec, index) => {
    const of = `topic ${spec.topic}`;
    const topic = found[index] ?? null;
    if (topic === null) {
      const copies = Math.max(1, Math.min(3, brokers));
      return [
        fail(of, "is not there", `the app makes it when it starts, where it may; else: ${topicCommand(spec, copies, bootstrapServer)}`),
      ];
    }
    const findings = [...copiesOf(of, topic, brokers), ...partitionsOf(of, spec, topic), ...settingsOf(of, spec, topic, bootstrapServer)];
    return findings.length === 0 ? [ok(of, `${topic.partitions} partitions, ${topic.replicationFactor} copies`)] : findings;
  });
}

/** The count that was there first is that of the app: a worker goes by it, whatever it is told. `said`: by code or settings. */
export function countFindings({ topic, partitions }: Pick<TopicDescription, "topic" | "partitions">, said?: number): readonly Finding[] {
  if (said === undefined || said === partitions) return [];
  const says = `code or settings say ${said}, and the app has ${partitions}, as its topic ${topic} says: ${partitions} holds, for good`;
  return [
    warn("partitions", says, `say \`partitions: ${partitions}\` there, or nothing. Another count is another app, with an id of its own`),
  ];
}

function partitionsOf(of: string, spec: TopicSpec, topic: TopicDescription): readonly Finding[] {
  if (topic.partitions === spec.partitions) return [];
  const mend = `delete it and make it anew with ${spec.partitions}, while it is empty; else begin a new app: the count never changes`;
  return [fail(of, `has ${topic.partitions} partitions, and the app has ${spec.partitions}`, mend)];
}

function copiesOf(of: string, { replicationFactor, settings }: TopicDescription, brokers: number): readonly Finding[] {
  const inSync = Number(settings?.["min.insync.replicas"] ?? 1);
  if (inSync > replicationFactor) {
    const says = `has ${replicationFactor} copies and wants ${inSync} in sync: nothing can be appended`;
    return [fail(of, says, `give it more copies with kafka-reassign-partitions.sh, or set min.insync.replicas=${replicationFactor}`)];
  }
  if (replicationFactor >= 3 || brokers < 3) return [];
  const says = `has ${replicationFactor} of 3 copies: a broker that is lost takes acknowledged decisions with it`;
  return [warn(of, says, "give it three copies with kafka-reassign-partitions.sh")];
}

/** What is fatal when it is wrong, and why. Everything else that differs is a warning. */
const FATAL: Readonly<Record<string, string>> = {
  "cleanup.policy": "what state is built from would be deleted",
  "retention.ms": "what state is built from would be deleted",
  "retention.bytes": "what state is built from would be deleted",
  "max.message.bytes": "the largest events and results would be refused",
};

function settingsOf(of: string, spec: TopicSpec, topic: TopicDescription, bootstrapServer: string): readonly Finding[] {
  const { settings, replicationFactor } = topic;
  if (settings === null) {
    return [warn(of, "does not tell its settings", "allow DESCRIBE_CONFIGS on it to who runs this: `millrace topics --acls`")];
  }
  const wanted = { ...spec.settings, ...(replicationFactor < 3 ? spec.settingsBelowThreeReplicas : {}) };
  const wrong = Object.entries(wanted).filter(([name, value]) => differs(name, value, settings[name], replicationFactor));
  return wrong.map(([name, value]) => {
    const why = FATAL[name];
    const needed = name === "min.insync.replicas" ? String(Math.min(Number(value), replicationFactor)) : value;
    const mend = `kafka-configs.sh --bootstrap-server ${bootstrapServer} --alter --entity-type topics --entity-name ${spec.topic} --add-config ${name}=${needed}`;
    const says = `${name} is ${settings[name]} and should be ${needed}`;
    return why === undefined ? warn(of, says, mend) : fail(of, `${says}: ${why}`, mend);
  });
}

function differs(name: string, wanted: string, is: string | undefined, copies: number): boolean {
  if (is === undefined || is === wanted) return false;
  // What allows more is as good.
  if (name === "max.message.bytes") return Number(is) < Number(wanted);
  if (name === "min.insync.replicas") return Number(is) < Math.min(Number(wanted), copies);
  return true;
}
