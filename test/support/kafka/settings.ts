// The settings our test brokers run with: KRaft, every node both broker and controller.

export interface NodePlan {
  readonly id: number;
  /** Addresses to bind, `host:port`. Clients, other brokers and the quorum each have their own, so that a proxy sees clients alone. */
  readonly listen: { readonly client: string; readonly internal: string; readonly controller: string };
  readonly advertised: { readonly client: string; readonly internal: string; readonly controller: string };
}

export type Settings = Readonly<Record<string, string>>;

export const CLUSTER_ID = "AAAAAAAAQACAAAAAAAAAAQ";

export function brokerSettings(node: NodePlan, cluster: readonly NodePlan[], dataFolder: string, overrides: Settings): Settings {
  const replication = Math.min(3, cluster.length);
  const minInSync = replication > 1 ? 2 : 1;
  return {
    "process.roles": "broker,controller",
    "node.id": String(node.id),
    "controller.quorum.voters": cluster.map((voter) => `${voter.id}@${voter.advertised.controller}`).join(","),
    listeners: `CLIENT://${node.listen.client},INTERNAL://${node.listen.internal},CONTROLLER://${node.listen.controller}`,
    "advertised.listeners": `CLIENT://${node.advertised.client},INTERNAL://${node.advertised.internal}`,
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "INTERNAL",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": dataFolder,

    "default.replication.factor": String(replication),
    "min.insync.replicas": String(minInSync),
    "offsets.topic.replication.factor": String(replication),
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": String(replication),
    "transaction.state.log.min.isr": String(minInSync),
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": String(replication),
    "share.coordinator.state.topic.min.isr": String(minInSync),

    // Nothing appears by accident, and groups settle at once.
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",

    // A dead broker is noticed in 3 s, not in 9.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",

    // Small machine; and compaction and retention that a test can wait for.
    "num.network.threads": "2",
    "num.io.threads": "2",
    "log.cleaner.backoff.ms": "100",
    "log.cleaner.dedupe.buffer.size": "2097152",
    "log.initial.task.delay.ms": "100",
    "log.retention.check.interval.ms": "1000",
    ...overrides,
  };
}

export function asProperties(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** The spelling that the image apache/kafka turns back into properties. */
export function asEnvironment(settings: Settings): Record<string, string> {
  const spelled = (name: string): string => name.replaceAll("_", "__").replaceAll("-", "___").replaceAll(".", "_").toUpperCase();
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`KAFKA_${spelled(name)}`, value]));
}
