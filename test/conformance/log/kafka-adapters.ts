// The adapters that need brokers.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { openKafkaLog, type KafkaLogOptions } from "../../../engine/log/kafka/kafka-log.ts";
import { startCluster } from "../../support/kafka/start.ts";
import type { Log, TopicPartition } from "../../../engine/log/log.ts";
import type { Adapter } from "./subject.ts";
import { FILLER, readAll, record } from "./topics.ts";

/** On brokers that are there already. */
export function onKafka(name: string, brokers: () => readonly string[], options: Pick<KafkaLogOptions, "compression"> = {}): Adapter {
  return {
    name,
    open: () => openKafkaLog({ brokers: brokers(), clientId: `conformance-${randomUUID()}`, ...options }),
    compact: untilCompacted,
  };
}

/** On a cluster of its own, started with the first log: three copies of everything, two of which must have taken an append. */
export function onKafkaCluster(nodes: number): Adapter {
  let cluster: ReturnType<typeof startCluster> | null = null;
  return {
    name: `Kafka, ${nodes} brokers`,
    async open() {
      cluster ??= startCluster({ nodes });
      const { addresses } = await cluster;
      return onKafka("", () => addresses).open();
    },
    compact: untilCompacted,
    async end() {
      await (await cluster)?.close();
    },
  };
}

/** Kafka compacts by itself, all but the segment it writes to; an append is what makes it begin another. */
async function untilCompacted(log: Log, target: TopicPartition): Promise<void> {
  for (;;) {
    await log.append(target, [record("", FILLER)]);
    const others = (await readAll(log, target)).filter(({ key }) => key?.toString() !== FILLER);
    const keys = new Set(others.map(({ key }) => key?.toString()));
    if (keys.size === others.length && others.every(({ value }) => value !== null)) return;
    await pause(50);
  }
}
