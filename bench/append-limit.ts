// Kafka's own ProducerPerformance on the same broker: what the machine could take at the most.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pino } from "pino";
import { openLog } from "../engine/sdk/open-log.ts";
import { kafkaJars } from "../test/support/kafka/java.ts";
import type { BenchLog } from "./bench-log.ts";

const RECORD_BYTES = 100;

export async function appendLimit({ log, records, say }: { log: BenchLog; records: number; say: (line: string) => void }): Promise<object> {
  if (log.options.kind !== "kafka") throw new Error("append-limit is Kafka's: add --log kafka");
  const topic = `${log.unique}.limit`;
  const opened = await openLog(log.options, pino({ level: "warn" }, pino.destination(2)), new AbortController().signal);
  await opened.createTopics([{ topic, partitions: 8, settings: {} }]);
  await opened.close();
  const jars = await kafkaJars(say);
  const { stdout } = await promisify(execFile)("java", [
    "-Xmx512m",
    "-cp",
    jars.classPath,
    "org.apache.kafka.tools.ProducerPerformance",
    ...`--topic ${topic} --num-records ${records} --record-size ${RECORD_BYTES} --throughput -1`.split(" "),
    ...`--bootstrap-server ${log.options.brokers.join(",")} --command-property acks=all linger.ms=5 batch.size=131072`.split(" "),
  ]);
  const lastLine = stdout.trim().split("\n").at(-1) ?? "";
  const perSecond = /([\d.]+) records\/sec/.exec(lastLine)?.[1];
  if (perSecond === undefined) throw new Error(`ProducerPerformance said: ${lastLine}`);
  return {
    bench: "append-limit",
    log: log.kind,
    partitions: 8,
    record_bytes: RECORD_BYTES,
    records,
    records_per_s: Math.round(Number(perSecond)),
  };
}
