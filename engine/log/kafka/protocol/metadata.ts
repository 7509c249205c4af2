import type { WireRequest } from "./request.ts";
import { ByteWriter, type ByteReader } from "./wire.ts";

export interface MetadataAnswer {
  readonly throttleTimeMs: number;
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  readonly partitions: readonly PartitionMetadata[];
}

export interface PartitionMetadata {
  readonly errorCode: number;
  readonly partition: number;
  /** -1 when it has none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
}

/** Metadata v7: brokers, and these topics; null: all of them. Creates none. */
export function metadataRequest(topics: readonly string[] | null): WireRequest<MetadataAnswer> {
  const body = new ByteWriter();
  if (topics === null) body.int32(-1);
  else body.array(topics, (topic) => body.string(topic));
  body.boolean(false);
  return { apiKey: 3, apiName: "Metadata", apiVersion: 7, body: body.finish(), read: readMetadata };
}

function readMetadata(answer: ByteReader): MetadataAnswer {
  const throttleTimeMs = answer.int32();
  const brokers = answer.array(() => {
    const broker = { nodeId: answer.int32(), host: answer.string(), port: answer.int32() };
    answer.nullableString(); // rack
    return broker;
  });
  answer.nullableString(); // cluster id
  return { throttleTimeMs, brokers, controllerId: answer.int32(), topics: answer.array(() => readTopic(answer)) };
}

function readTopic(answer: ByteReader): TopicMetadata {
  const errorCode = answer.int16();
  const topic = answer.string();
  answer.boolean(); // internal to Kafka
  return { errorCode, topic, partitions: answer.array(() => readPartition(answer)) };
}

function readPartition(answer: ByteReader): PartitionMetadata {
  const partition = {
    errorCode: answer.int16(),
    partition: answer.int32(),
    leader: answer.int32(),
    leaderEpoch: answer.int32(),
    replicas: answer.array(() => answer.int32()),
  };
  answer.array(() => answer.int32()); // in sync
  answer.array(() => answer.int32()); // offline
  return partition;
}
