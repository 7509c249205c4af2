// Why a sink gets nothing more of a partition (R11): what it would go on from is not what it stopped at.
import { MillraceError } from "../../core/errors.ts";
import type { TopicPartition } from "../../log/log.ts";

export type SinkErrorCode = "SINK_MISSING_HISTORY" | "SINK_PAST_END" | "SINK_TOPIC_RECREATED";

export class SinkError extends MillraceError {
  override readonly family = "sink";
  declare readonly code: SinkErrorCode;

  constructor(code: SinkErrorCode, { topic, partition }: TopicPartition, problem: string) {
    super(code, `${topic}/${partition}: ${problem}`);
  }
}
