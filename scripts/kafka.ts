// npm run kafka: a real Kafka broker for development, in the foreground. `npm run kafka -- 9192` takes another port.
import path from "node:path";

import { KafkaUnavailable } from "../test/support/kafka/broker.ts";
import type { JavaBroker } from "../test/support/kafka/java-broker.ts";
import { startJavaBrokers } from "../test/support/kafka/java-kafka.ts";
import { isPortFree } from "../test/support/kafka/ports.ts";

const FOLDER = path.resolve(import.meta.dirname, "../.cache/kafka");
const say = (line: string): void => console.log(line);

process.exitCode = await main(Number(process.argv[2] ?? 9092));

async function main(port: number): Promise<number> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    console.error(`${process.argv[2]} is not a port. Usage: npm run kafka [-- <port>]`);
    return 2;
  }
  if (!(await isPortFree(port))) {
    console.error(`Port ${port} is taken, maybe by a Kafka that runs already. Stop it, or take another: npm run kafka -- ${port + 100}`);
    return 1;
  }
  const asked = new Promise<string>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, resolve);
  });
  try {
    await using broker = await started(port);
    const crashed = await Promise.race([asked.then(() => false), broker.ended().then(() => true)]);
    if (crashed) {
      console.error(`The broker ended by itself; its log: ${broker.log}`);
      return 1;
    }
    say("\nStopping …");
  } catch (error) {
    if (!(error instanceof KafkaUnavailable)) throw error;
    console.error(`${error.message}\nOr run Kafka in a container: docker compose up`);
    return 1;
  }
  say("Stopped.");
  return 0;
}

async function started(port: number): Promise<JavaBroker> {
  const begin = performance.now();
  say(`Starting Kafka on localhost:${port} …`);
  // A development broker lives long: as many compactions as usual, not as many as a test wants.
  const settings = { "log.cleaner.backoff.ms": "15000", "log.retention.check.interval.ms": "300000" };
  const [broker] = await startJavaBrokers(1, { port, folder: path.join(FOLDER, String(port)), settings, say });
  if (broker === undefined) throw new Error("no broker was started");
  say(`Ready after ${((performance.now() - begin) / 1_000).toFixed(1)} s.`);
  say(`  brokers   localhost:${port}    (for tests: KAFKA_BROKERS=localhost:${port} npm test)`);
  say(`  data      ${path.relative(process.cwd(), FOLDER)}/${port}`);
  say(`  log       ${path.relative(process.cwd(), broker.log)}`);
  say("Ctrl-C stops it; the data stay.");
  return broker;
}
