// Real Kafka brokers for tests, benchmarks and demos.
import type { Broker, BrokerOptions, Cluster, ClusterOptions } from "./broker.ts";
import { KafkaUnavailable } from "./broker.ts";
import { startContainerBroker, startContainerCluster } from "./docker-kafka.ts";
import { startJavaBroker, startJavaCluster } from "./java-kafka.ts";
import { givenBrokers, type Way, waysToKafka, waysToStartBrokers } from "./ways.ts";

/** Brokers to use: those that KAFKA_BROKERS names, or one started for the purpose. */
export interface Kafka extends AsyncDisposable {
  readonly brokers: readonly string[];
  readonly way: Way;
  /** Ends what was started; leaves alone what was given. */
  close(): Promise<void>;
}

/** @throws KafkaUnavailable with the reason of every way tried. */
export async function obtainKafka(options: BrokerOptions = {}): Promise<Kafka> {
  return firstOf(waysToKafka(process.env), async (way) => {
    if (way === "given") return kafka(way, givenBrokers(process.env), async () => {});
    const broker = await (way === "docker" ? startContainerBroker(options) : startJavaBroker(options));
    return kafka(way, [broker.address], () => broker.close());
  });
}

/** One broker of one's own. @throws KafkaUnavailable */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  return firstOf(waysToStartBrokers(process.env), (way) => (way === "docker" ? startContainerBroker(options) : startJavaBroker(options)));
}

/** Several brokers: replication factor 3 and min.insync.replicas 2 where there are three. @throws KafkaUnavailable */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const brokers = await firstOf(waysToStartBrokers(process.env), (way) =>
    way === "docker" ? startContainerCluster(options) : startJavaCluster(options),
  );
  const close = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.close()));
  };
  return { brokers, addresses: brokers.map((broker) => broker.address), close, [Symbol.asyncDispose]: close };
}

function kafka(way: Way, brokers: readonly string[], close: () => Promise<void>): Kafka {
  return { way, brokers, close, [Symbol.asyncDispose]: close };
}

async function firstOf<W extends Way, T>(ways: readonly W[], attempt: (way: W) => Promise<T>): Promise<T> {
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      return await attempt(way);
    } catch (error) {
      if (!(error instanceof KafkaUnavailable)) throw error;
      reasons.push(error.message);
    }
  }
  throw new KafkaUnavailable(reasons.length === 0 ? "MILLRACE_KAFKA=none asks for none" : reasons.join("; "));
}
