// A real schema registry for tests: Apicurio, which speaks Confluent's API.
import { KafkaUnavailable, type Say } from "../kafka/broker.ts";
import { waysToStartBrokers } from "../kafka/ways.ts";
import { startJavaRegistry } from "./java-registry.ts";
import type { RegistryServer } from "./registry-server.ts";

/** The ways are those to a broker (TEST_KAFKA). @throws KafkaUnavailable with the reason of every way tried. */
export async function startRegistry(say: Say = () => {}): Promise<RegistryServer> {
  const reasons: string[] = [];
  for (const way of waysToStartBrokers(process.env)) {
    try {
      if (way === "java") return await startJavaRegistry(say);
      const { startRegistryContainer } = await import("./docker-registry.ts"); // only now: its library takes half a second to load
      return await startRegistryContainer(say);
    } catch (error) {
      if (!(error instanceof KafkaUnavailable)) throw error;
      reasons.push(error.message);
    }
  }
  throw new KafkaUnavailable(`no schema registry can be had: ${reasons.join("; ")}`);
}
