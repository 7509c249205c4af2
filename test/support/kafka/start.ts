// Real Kafka brokers for tests, benchmarks and demos.
import type { Broker, BrokerOptions, Cluster, ClusterOptions } from "./broker.ts";
import { KafkaUnavailable } from "./broker.ts";
import { startJavaBrokers } from "./java-kafka.ts";
import { liveBrokers } from "./probe.ts";
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
    if (way === "given") return kafka(way, await answering(givenBrokers(process.env)), async () => {});
    const brokers = await start(way, 1, options);
    return kafka(way, addresses(brokers), () => closeAll(brokers));
  });
}

/** One broker of one's own. @throws KafkaUnavailable */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const [broker] = await firstOf(waysToStartBrokers(process.env), (way) => start(way, 1, options));
  if (broker === undefined) throw new Error("no broker was started");
  return broker;
}

/** Several brokers: replication factor 3 and min.insync.replicas 2 where there are three. @throws KafkaUnavailable */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const settings = { ...options.settings, ...options.extra };
  const brokers = await firstOf(waysToStartBrokers(process.env), (way) => start(way, options.nodes, { ...options, settings }));
  const close = (): Promise<void> => closeAll(brokers);
  return { brokers, addresses: addresses(brokers), close, [Symbol.asyncDispose]: close };
}

/** Who names brokers means them: silence there is an error, and no reason to look elsewhere. */
async function answering(brokers: readonly string[]): Promise<readonly string[]> {
  const live = await Promise.all(brokers.map((address) => liveBrokers(address, 5_000)));
  if (live.some((count) => count > 0)) return brokers;
  throw new Error(`KAFKA_BROKERS is ${brokers.join(",")}, but no broker answers there (plaintext, without SASL)`);
}

async function start(way: Exclude<Way, "given">, count: number, options: BrokerOptions): Promise<Broker[]> {
  if (way === "java") return startJavaBrokers(count, options);
  const { startContainers } = await import("./docker-kafka.ts"); // only now: its library takes half a second to load
  return startContainers(count, options);
}

function addresses(brokers: readonly Broker[]): string[] {
  return brokers.map((broker) => broker.address);
}

async function closeAll(brokers: readonly Broker[]): Promise<void> {
  await Promise.all(brokers.map((broker) => broker.close()));
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
  throw new KafkaUnavailable(reasons.length === 0 ? "TEST_KAFKA=none asks for none" : reasons.join("; "));
}
