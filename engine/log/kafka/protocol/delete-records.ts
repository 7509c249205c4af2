import type { TopicPartition } from "../../log.ts";
import type { WireRequest } from "./request.ts";
import { ByteWriter, type ByteReader } from "./wire.ts";

export interface DeleteRecordsAnswer {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
}

/** DeleteRecords v1, one partition: its log's start becomes `offset`. */
export function deleteRecordsRequest(
  { topic, partition }: TopicPartition,
  offset: number,
  timeoutMs: number,
): WireRequest<DeleteRecordsAnswer> {
  const body = new ByteWriter();
  body.int32(1).string(topic).int32(1).int32(partition).int64(offset).int32(timeoutMs);
  return { apiKey: 21, apiName: "DeleteRecords", apiVersion: 1, body: body.finish(), read: readDeleteRecords };
}

function readDeleteRecords(answer: ByteReader): DeleteRecordsAnswer {
  const throttleTimeMs = answer.int32();
  let errorCode = 0;
  answer.array(() => {
    answer.string();
    answer.array(() => {
      answer.int32();
      answer.int64(); // low watermark
      errorCode = answer.int16();
    });
  });
  return { throttleTimeMs, errorCode };
}
