// Brokers from Maven jars: made ready once (jars, formatted folders, class archive), then up in a second and a half.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import type { BrokerOptions, Heap, Say } from "./broker.ts";
import { type KafkaJars, kafkaJars, makeOnce } from "./java.ts";
import { JavaBroker, PortTaken } from "./java-broker.ts";
import { freePorts } from "./ports.ts";
import { asProperties, brokerSettings, CLUSTER_ID, type NodePlan } from "./settings.ts";

const run = promisify(execFile);
const PORT_RACES = 3;

// The first costs a second less of start-up than Kafka's own choice, the second is for figures.
const JVM: Readonly<Record<Heap, readonly string[]>> = {
  tests: ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  benchmark: ["-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"],
};

/** @throws KafkaUnavailable where Java or Maven is missing. */
export async function startJavaBrokers(count: number, options: BrokerOptions): Promise<JavaBroker[]> {
  return startNodes(count, options.port === undefined ? PORT_RACES : 1, options);
}

async function startNodes(count: number, attempts: number, options: BrokerOptions): Promise<JavaBroker[]> {
  const say = options.say ?? (() => {});
  const jars = await kafkaJars(say);
  const jvm = [...JVM[options.heap ?? "tests"], `-XX:SharedArchiveFile=${await classArchive(jars, say)}`];
  const cluster = await planNodes(count, options);
  const brokers: JavaBroker[] = [];
  for (const node of cluster) {
    const scratch = options.folder === undefined;
    const folder = options.folder ?? (await scratchFolder());
    await mkdir(folder, { recursive: true });
    const formatted = await formattedFolder(jars, node.id);
    brokers.push(new JavaBroker({ jars, jvm, node, cluster, settings: options.settings ?? {}, folder, scratch, formatted }));
  }
  try {
    await Promise.all(brokers.map((broker) => broker.launch()));
    await Promise.all(brokers.map((broker) => broker.serving(count)));
    return brokers;
  } catch (error) {
    await Promise.all(brokers.map((broker) => broker.close()));
    if (error instanceof PortTaken && attempts > 1) return startNodes(count, attempts - 1, options);
    throw error;
  }
}

async function planNodes(count: number, options: BrokerOptions): Promise<NodePlan[]> {
  const ports = await freePorts(count * 3);
  return Array.from({ length: count }, (_, index) => {
    const at = (port: number | undefined): string => `127.0.0.1:${port}`;
    const client = options.port ?? ports[index * 3];
    const internal = at(ports[index * 3 + 1]);
    const controller = at(ports[index * 3 + 2]);
    return {
      id: index + 1,
      listen: { client: at(client), internal, controller },
      advertised: { client: at(options.advertisedPort ?? client), internal, controller },
    };
  });
}

async function scratchFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), "millrace-kafka-"));
}

/** A node's empty folder. StorageTool is a JVM of a second or more, so it runs once a node number and its work is copied. */
async function formattedFolder(jars: KafkaJars, id: number): Promise<string> {
  const folder = path.join(jars.home, "formatted", String(id));
  await makeOnce(folder, async (unfinished) => {
    const at = { client: "127.0.0.1:1", internal: "127.0.0.1:2", controller: "127.0.0.1:3" };
    const node: NodePlan = { id, listen: at, advertised: at };
    const properties = `${unfinished}.properties`;
    await mkdir(unfinished, { recursive: true });
    await writeFile(properties, asProperties(brokerSettings(node, [node], unfinished, {})));
    try {
      await run("java", [
        "-XX:TieredStopAtLevel=1",
        "-cp",
        jars.classPath,
        "kafka.tools.StorageTool",
        "format",
        "-t",
        CLUSTER_ID,
        "-c",
        properties,
      ]);
    } finally {
      await rm(properties, { force: true });
    }
  });
  return folder;
}

/** What a JVM learned by loading a broker's classes once; halves every start after it. */
async function classArchive(jars: KafkaJars, say: Say): Promise<string> {
  const archive = path.join(jars.home, "classes.jsa");
  await makeOnce(archive, async (unfinished) => {
    say("Preparing a fast start (once) …");
    const [node] = await planNodes(1, {});
    if (node === undefined) throw new Error("no node was planned");
    const folder = await scratchFolder();
    const jvm = [...JVM.tests, `-XX:ArchiveClassesAtExit=${unfinished}`];
    const formatted = await formattedFolder(jars, node.id);
    const broker = new JavaBroker({ jars, jvm, node, cluster: [node], settings: {}, folder, scratch: true, formatted });
    try {
      await broker.launch();
      await broker.serving(1);
      await broker.stop();
    } finally {
      await broker.close();
    }
  });
  return archive;
}
