import type { TopicSpec } from "../../log.ts";
import type { WireRequest } from "./request.ts";
import { ByteWriter, type ByteReader } from "./wire.ts";

export interface CreateTopicsAnswer {
  readonly throttleTimeMs: number;
  readonly topics: readonly { readonly topic: string; readonly errorCode: number; readonly errorMessage: string | null }[];
}

export interface NewTopic extends Pick<TopicSpec, "topic" | "partitions" | "settings"> {
  readonly replicationFactor: number;
}

/** CreateTopics v3. With `validateOnly` the broker says what it would answer and creates nothing. */
export function createTopicsRequest(
  topics: readonly NewTopic[],
  options: { readonly timeoutMs: number; readonly validateOnly: boolean },
): WireRequest<CreateTopicsAnswer> {
  const body = new ByteWriter();
  body
    .array(topics, ({ topic, partitions, replicationFactor, settings }) =>
      body
        .string(topic)
        .int32(partitions)
        .int16(replicationFactor)
        .int32(0) // replicas are the controller's to place
        .array(Object.entries(settings), ([name, value]) => body.string(name).string(value)),
    )
    .int32(options.timeoutMs)
    .boolean(options.validateOnly);
  return { apiKey: 19, apiName: "CreateTopics", apiVersion: 3, body: body.finish(), read: readCreateTopics };
}

function readCreateTopics(answer: ByteReader): CreateTopicsAnswer {
  const throttleTimeMs = answer.int32();
  const topics = answer.array(() => ({ topic: answer.string(), errorCode: answer.int16(), errorMessage: answer.nullableString() }));
  return { throttleTimeMs, topics };
}

export interface DescribeSettingsAnswer {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** DescribeConfigs v2 of one topic: the settings in force, whoever set them. */
export function describeSettingsRequest(topic: string): WireRequest<DescribeSettingsAnswer> {
  const body = new ByteWriter();
  body.int32(1).int8(2).string(topic).int32(-1).boolean(false);
  return { apiKey: 32, apiName: "DescribeConfigs", apiVersion: 2, body: body.finish(), read: readSettings };
}

function readSettings(answer: ByteReader): DescribeSettingsAnswer {
  const throttleTimeMs = answer.int32();
  let errorCode = 0;
  const settings: Record<string, string> = {};
  answer.array(() => {
    errorCode = answer.int16();
    answer.nullableString(); // error message
    answer.int8(); // resource type
    answer.string(); // resource name
    answer.array(() => {
      const name = answer.string();
      const value = answer.nullableString();
      answer.boolean(); // read-only
      answer.int8(); // source
      answer.boolean(); // sensitive
      answer.array(() => {
        answer.string();
        answer.nullableString();
        answer.int8();
      });
      if (value !== null) settings[name] = value;
    });
  });
  return { throttleTimeMs, errorCode, settings };
}
