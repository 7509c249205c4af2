import type { TopicPartition } from "../../log.ts";
import { byTopic, type WireRequest } from "./request.ts";
import { ByteWriter, type ByteReader } from "./wire.ts";

export interface FetchOrder extends TopicPartition {
  readonly leaderEpoch: number;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchAnswer {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchedPartition extends TopicPartition {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly abortedTransactions: readonly { readonly producerId: number; readonly firstOffset: number }[];
  /** A view of the answer. */
  readonly records: Buffer;
}

/** Fetch v11 without a session. The broker fills partitions in the order asked for, until `maxBytes`. */
export function fetchRequest(
  orders: readonly FetchOrder[],
  options: { readonly maxWaitMs: number; readonly maxBytes: number; readonly committedOnly: boolean },
): WireRequest<FetchAnswer> {
  const body = new ByteWriter();
  body
    .int32(-1) // not a replica
    .int32(options.maxWaitMs)
    .int32(1) // answer as soon as there is a byte
    .int32(options.maxBytes)
    .int8(options.committedOnly ? 1 : 0)
    .int32(0) // no session
    .int32(-1)
    .array(byTopic(orders), ([topic, partitions]) =>
      body
        .string(topic)
        .array(partitions, (order) =>
          body.int32(order.partition).int32(order.leaderEpoch).int64(order.offset).int64(-1).int32(order.maxBytes),
        ),
    )
    .int32(0) // nothing to forget
    .string(""); // no rack: always from the leader
  return { apiKey: 1, apiName: "Fetch", apiVersion: 11, body: body.finish(), read: readFetch };
}

function readFetch(answer: ByteReader): FetchAnswer {
  const throttleTimeMs = answer.int32();
  const errorCode = answer.int16();
  answer.int32(); // session
  const partitions: FetchedPartition[] = [];
  answer.array(() => {
    const topic = answer.string();
    answer.array(() => partitions.push(readPartition(topic, answer)));
  });
  return { throttleTimeMs, errorCode, partitions };
}

function readPartition(topic: string, answer: ByteReader): FetchedPartition {
  const partition = answer.int32();
  const errorCode = answer.int16();
  const highWatermark = answer.int64();
  const lastStableOffset = answer.int64();
  answer.int64(); // log start offset
  const abortedTransactions = answer.array(() => ({ producerId: answer.int64(), firstOffset: answer.int64() }));
  answer.int32(); // preferred read replica: none without a rack
  return { topic, partition, errorCode, highWatermark, lastStableOffset, abortedTransactions, records: answer.view() };
}
