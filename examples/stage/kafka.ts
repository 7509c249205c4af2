// On a real Kafka broker: three workers share the partitions, and when one dies the others take over its share. Events come from outside.
import { randomBytes } from "node:crypto";
import { Kafka } from "kafkajs";
import { Millrace } from "millrace";
import pino from "pino";
import { openKafkaLog } from "../../engine/log/kafka/kafka-log.ts";
import { obtainKafka } from "../../test/support/kafka/start.ts";
import type { Narrator } from "./narrator.ts";
import { PARTITIONS, type Stage } from "./stage.ts";
import { until } from "./until.ts";

/** How long a worker may be silent. Brokers allow 6 s or more unless told otherwise; one that the demo starts is. */
const SESSION_TIMEOUT_MS = { ours: 2_000, given: 6_000 };

/** @throws KafkaUnavailable */
export async function kafkaStage(appId: string, narrator: Narrator): Promise<Stage> {
  narrator.say("kafka", "looking for a broker, or starting one …");
  const kafka = await obtainKafka({ say: (line) => narrator.say("kafka", line) });
  const brokers = [...kafka.brokers];
  narrator.say("kafka", `${brokers.join(", ")} (${kafka.way === "given" ? "from KAFKA_BROKERS" : "a broker of our own"})`);

  const topicPrefix = `demo-${randomBytes(3).toString("hex")}.`;
  const sessionTimeoutMs = kafka.way === "given" ? SESSION_TIMEOUT_MS.given : SESSION_TIMEOUT_MS.ours;
  const log = { log: { kind: "kafka", brokers, sessionTimeoutMs }, topicPrefix, partitions: PARTITIONS } as const;
  // Sends and never starts: a web server would do it like this.
  const sender = new Millrace({ id: appId, ...log, logger: pino({ level: "silent" }) });

  return {
    kind: "kafka",
    workers: 3,
    log,
    send: async (event) => {
      await sender.send(event);
    },
    recover: async ({ crew, narrator, steps }) => {
      const begin = performance.now();
      const before = steps();
      await until(() => crew.ownedPartitions === PARTITIONS);
      const shares = crew.alive.map(({ name, running }) => `${name} has ${running.length}`).join(", ");
      const took = ((performance.now() - begin) / 1_000).toFixed(1);
      narrator.say("others", `went on (${steps() - before} steps) and took over after ${took} s: ${shares} of ${PARTITIONS} partitions`);
    },
    openLog: () => openKafkaLog({ brokers }),
    [Symbol.asyncDispose]: async () => {
      await sender.stop();
      if (kafka.way === "given") await deleteTopics(brokers, topicPrefix);
      await kafka.close();
    },
  };
}

/** A broker that is not ours is left as it was. */
async function deleteTopics(brokers: string[], prefix: string): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: 0 }).admin();
  try {
    await admin.connect();
    await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)) });
  } finally {
    await admin.disconnect();
  }
}
