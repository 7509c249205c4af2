import type { TopicPartition } from "../../log.ts";
import { byTopic, type WireRequest } from "./request.ts";
import { ByteWriter, type ByteReader } from "./wire.ts";

export const LATEST = -1;
export const EARLIEST = -2;

export interface OffsetQuestion extends TopicPartition {
  readonly leaderEpoch: number;
  /** Milliseconds since 1970, or LATEST, or EARLIEST. */
  readonly time: number;
}

export interface ListOffsetsAnswer {
  readonly throttleTimeMs: number;
  readonly partitions: readonly (TopicPartition & { readonly errorCode: number; readonly offset: number })[];
}

/** ListOffsets v4, uncommitted: LATEST is the high watermark. A partition may be named once only. An unknown time gives offset -1. */
export function listOffsetsRequest(questions: readonly OffsetQuestion[]): WireRequest<ListOffsetsAnswer> {
  const body = new ByteWriter();
  body
    .int32(-1)
    .int8(0)
    .array(byTopic(questions), ([topic, partitions]) =>
      body.string(topic).array(partitions, ({ partition, leaderEpoch, time }) => body.int32(partition).int32(leaderEpoch).int64(time)),
    );
  return { apiKey: 2, apiName: "ListOffsets", apiVersion: 4, body: body.finish(), read: readListOffsets };
}

function readListOffsets(answer: ByteReader): ListOffsetsAnswer {
  const throttleTimeMs = answer.int32();
  const partitions: (TopicPartition & { errorCode: number; offset: number })[] = [];
  answer.array(() => {
    const topic = answer.string();
    answer.array(() => {
      const partition = answer.int32();
      const errorCode = answer.int16();
      answer.int64(); // timestamp found
      partitions.push({ topic, partition, errorCode, offset: answer.int64() });
      answer.int32(); // leader epoch
    });
  });
  return { throttleTimeMs, partitions };
}
