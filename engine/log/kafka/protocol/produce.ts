import type { TopicPartition } from "../../log.ts";
import { byTopic, type WireRequest } from "./request.ts";
import { ByteWriter, type ByteReader } from "./wire.ts";

export interface ProduceAnswer {
  readonly throttleTimeMs: number;
  readonly partitions: readonly ProducedPartition[];
}

export interface ProducedPartition extends TopicPartition {
  readonly errorCode: number;
  readonly baseOffset: number;
  /** -1 where the producers stamp the topic. */
  readonly logAppendTime: number;
}

/** Produce v7, acks from all in-sync replicas. `timeoutMs` is how long the broker waits for them before it says so. */
export function produceRequest(
  batches: Iterable<TopicPartition & { readonly bytes: Buffer }>,
  timeoutMs: number,
): WireRequest<ProduceAnswer> {
  const items = [...batches];
  const size = items.reduce((sum, { topic, bytes }) => sum + bytes.length + topic.length * 3 + 16, 64);
  const body = new ByteWriter(size);
  body
    .string(null) // no transaction
    .int16(-1)
    .int32(timeoutMs)
    .array(byTopic(items), ([topic, partitions]) =>
      body.string(topic).array(partitions, ({ partition, bytes }) => body.int32(partition).bytes(bytes)),
    );
  return { apiKey: 0, apiName: "Produce", apiVersion: 7, body: body.finish(), read: readProduce };
}

function readProduce(answer: ByteReader): ProduceAnswer {
  const partitions: ProducedPartition[] = [];
  answer.array(() => {
    const topic = answer.string();
    answer.array(() => {
      const partition = answer.int32();
      const errorCode = answer.int16();
      const baseOffset = answer.int64();
      const logAppendTime = answer.int64();
      answer.int64(); // log start offset
      partitions.push({ topic, partition, errorCode, baseOffset, logAppendTime });
    });
  });
  return { partitions, throttleTimeMs: answer.int32() };
}
