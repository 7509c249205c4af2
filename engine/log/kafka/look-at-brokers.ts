// Each broker by itself, for people: whether it is reached from here, and which Kafka it is. A log is content with any of them.
import { LogError } from "../errors.ts";
import { addressOf, Link, type Credentials, type Endpoint } from "./link.ts";
import { apiVersionsRequest } from "./protocol/api-versions.ts";
import { metadataRequest } from "./protocol/metadata.ts";

export interface LookedAtBroker {
  readonly address: string;
  /** `named`: in the settings. `told`: others say that it is there, and clients have to reach it. */
  readonly from: "named" | "told";
  readonly found: { readonly kind: "reached"; readonly kafka: string } | { readonly kind: "not reached"; readonly error: LogError };
}

export interface LookOptions extends Omit<Credentials, "clientId"> {
  readonly brokers: readonly string[];
  readonly timeoutMs: number;
}

export interface LookedAtCluster {
  /** One an address: a broker that has several is here as often. */
  readonly brokers: readonly LookedAtBroker[];
  /** How many brokers the cluster has by what they tell, by their node ids, whether reached from here or not. 0 where none was asked. */
  readonly size: number;
}

export async function lookAtBrokers({ brokers, timeoutMs, ...credentials }: LookOptions): Promise<LookedAtCluster> {
  const told = new Map<string, Endpoint>();
  const nodes = new Set<number>();
  const lookAt = async (endpoint: Endpoint, from: LookedAtBroker["from"]): Promise<LookedAtBroker> => {
    const address = addressOf(endpoint);
    const link = new Link(endpoint, { clientId: "millrace-doctor", ...credentials });
    try {
      const { brokers: others } = await inTime(link.request(metadataRequest([]), timeoutMs), address, timeoutMs);
      for (const other of others) {
        told.set(addressOf(other), other);
        nodes.add(other.nodeId);
      }
      const { versions } = await inTime(link.request(apiVersionsRequest(), timeoutMs), address, timeoutMs);
      return { address, from, found: { kind: "reached", kafka: kafkaOf(versions[PRODUCE]?.maxVersion ?? 0) } };
    } catch (cause) {
      const error = cause instanceof LogError ? cause : new LogError("LOG_FAILED", `${address}: ${String(cause)}`, { cause });
      return { address, from, found: { kind: "not reached", error } };
    } finally {
      link.close();
    }
  };
  const named = await Promise.all(brokers.map((address) => lookAt(endpointOf(address), "named")));
  const others = [...told.values()].filter((endpoint) => !brokers.includes(addressOf(endpoint)));
  const all = [...named, ...(await Promise.all(others.map((endpoint) => lookAt(endpoint, "told"))))];
  return { brokers: all, size: nodes.size };
}

const PRODUCE = 0;

/** By the newest Produce request that it knows. */
function kafkaOf(produce: number): string {
  const [, since] = SINCE.find(([version]) => produce >= version) ?? [0, "2.3"];
  return `Kafka ${since} or newer`;
}

const SINCE: readonly (readonly [produce: number, kafka: string])[] = [
  [13, "4.1"],
  [12, "4.0"],
  [11, "3.8"],
  [10, "3.7"],
  [9, "2.8"],
  [8, "2.4"],
];

async function inTime<T>(answer: Promise<T>, address: string, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new LogError("LOG_UNAVAILABLE", `${address} does not answer within ${timeoutMs} ms`, { retriable: true });
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function endpointOf(address: string): Endpoint {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at).replaceAll(/[[\]]/g, ""), port: Number(address.slice(at + 1)) };
}
