// Events into Kafka: ours, kafkajs' own producer, and Java's ProducerPerformance, by turns into one topic.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { pino } from "pino";
import { Millrace } from "../engine/sdk/millrace.ts";
import { kafkaJars } from "../test/support/kafka/java.ts";
import { cpuSeconds, type BenchLog } from "./bench-log.ts";

export interface ProduceOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  /** Of each way, in each round. */
  readonly seconds: number;
  readonly rounds: number;
  /** Of ours and Java's; kafkajs has none but gzip. */
  readonly compression: "none" | "zstd";
  /** What to measure: `ours` leaves out the others, for a profiler. */
  readonly only: "ours" | "all";
  readonly say: (line: string) => void;
}

/** 200 bytes of JSON. */
interface Order {
  readonly order: string;
  readonly customer: string;
  readonly total: number;
  readonly currency: string;
  readonly note: string;
}

const BATCH = 500;
const CALLS_IN_FLIGHT = 16;
const SINGLE_IN_FLIGHT = 4_000;
const WARM_UP_MS = 2_000;
const NOTE = "Please leave it with the neighbours on the second floor if nobody opens the door; they all know all of it, too.";

export async function produce({ log, partitions, seconds, rounds, compression, only, say }: ProduceOptions): Promise<object> {
  if (log.options.kind !== "kafka") throw new Error("produce is Kafka's: add --log kafka");
  const { brokers } = log.options;
  const app = new Millrace<{ "order/placed": Order }>({
    id: log.unique,
    log: { ...log.options, compression },
    partitions,
    fsync: "never",
    logger: pino({ level: "warn" }, pino.destination(2)),
  });
  await app.send(event(0));
  const topic = `${log.unique}.events`;
  const kafkajs = new Kafka({ brokers, logLevel: logLevel.ERROR }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await kafkajs.connect();

  const batches = (): Promise<unknown> => app.send(Array.from({ length: BATCH }, (_, n) => event(n)));
  const kafkajsBatches = (): Promise<unknown> =>
    kafkajs.sendBatch({ topicMessages: [{ topic, messages: Array.from({ length: BATCH }, (_, n) => message(n)) }], acks: -1 });
  const ways = {
    batches: { send: batches, events: BATCH, inFlight: CALLS_IN_FLIGHT },
    oneByOne: { send: () => app.send(event(sent++)), events: 1, inFlight: SINGLE_IN_FLIGHT },
    kafkajs: { send: kafkajsBatches, events: BATCH, inFlight: CALLS_IN_FLIGHT },
  };
  let sent = 0;
  const measured = only === "ours" ? (["batches", "oneByOne"] as const) : (["batches", "oneByOne", "kafkajs"] as const);
  const figures = { batches: [] as Figure[], oneByOne: [] as Figure[], kafkajs: [] as Figure[], java: [] as number[] };
  for (const way of measured) await flood(ways[way], WARM_UP_MS);
  for (let round = 0; round < rounds; round++) {
    for (const way of measured) {
      const figure = await flood(ways[way], seconds * 1_000);
      figures[way].push(figure);
      say(`${way}: ${Math.round(figure.perSecond)} events/s, ${figure.cores.toFixed(2)} cores`);
    }
    if (only === "all") {
      figures.java.push(await java(topic, brokers, compression, seconds, figures.java.at(-1) ?? 100_000));
      say(`java: ${Math.round(figures.java.at(-1) ?? 0)} records/s`);
    }
  }
  await kafkajs.disconnect();
  await app.stop();
  return {
    bench: "produce",
    log: log.kind,
    partitions,
    payload_bytes: Buffer.byteLength(JSON.stringify(event(1).data)),
    batch: BATCH,
    compression,
    events_per_s: mean(figures.batches.map(({ perSecond }) => perSecond)),
    one_by_one_events_per_s: mean(figures.oneByOne.map(({ perSecond }) => perSecond)),
    kafkajs_events_per_s: mean(figures.kafkajs.map(({ perSecond }) => perSecond)),
    java_records_per_s: mean(figures.java),
    cpu_us_per_event: mean(figures.batches.map(microseconds), 2),
    one_by_one_cpu_us_per_event: mean(figures.oneByOne.map(microseconds), 2),
    kafkajs_cpu_us_per_event: mean(figures.kafkajs.map(microseconds), 2),
  };
}

interface Figure {
  readonly perSecond: number;
  /** Of this process. */
  readonly cores: number;
}

const microseconds = ({ perSecond, cores }: Figure): number => (cores / perSecond) * 1e6;

/** As many calls at a time as it is told, for so long. */
async function flood(way: { send: () => Promise<unknown>; events: number; inFlight: number }, forMs: number): Promise<Figure> {
  const [from, cpuFrom] = [performance.now(), cpuSeconds()];
  let calls = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - from < forMs) {
      await way.send();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: way.inFlight }, one));
  const seconds = (performance.now() - from) / 1_000;
  return { perSecond: (calls * way.events) / seconds, cores: (cpuSeconds() - cpuFrom) / seconds };
}

function order(n: number): Order {
  return { order: `o-${100_000 + n}`, customer: `customer-${(n * 7_919) % 10_000}`, total: 1_990 + n, currency: "EUR", note: NOTE };
}

function event(n: number): { name: "order/placed"; data: Order; key: string } {
  const data = order(n);
  return { name: "order/placed", data, key: data.customer };
}

function message(n: number): { key: string; value: string } {
  const data = order(n);
  return { key: data.customer, value: JSON.stringify(data) };
}

/** It sends so many records, not for so long; and it knows no keys. */
async function java(topic: string, brokers: readonly string[], compression: string, seconds: number, expected: number): Promise<number> {
  const { classPath } = await kafkaJars(() => {});
  const bytes = Buffer.byteLength(JSON.stringify(order(1)));
  const records = Math.round(expected * seconds);
  const { stdout } = await promisify(execFile)("java", [
    "-Xmx512m",
    "-cp",
    classPath,
    "org.apache.kafka.tools.ProducerPerformance",
    ...`--topic ${topic} --num-records ${records} --record-size ${bytes} --throughput -1 --bootstrap-server ${brokers.join(",")}`.split(
      " ",
    ),
    ...`--command-property acks=all linger.ms=5 batch.size=131072 compression.type=${compression}`.split(" "),
  ]);
  const lastLine = stdout.trim().split("\n").at(-1) ?? "";
  const perSecond = /([\d.]+) records\/sec/.exec(lastLine)?.[1];
  if (perSecond === undefined) throw new Error(`ProducerPerformance said: ${lastLine}`);
  return Number(perSecond);
}

function mean(values: readonly number[], digits = 0): number | null {
  if (values.length === 0) return null;
  return Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(digits));
}
