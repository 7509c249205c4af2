// The data of an event that was too large to be told, from its place in its topic.
import type { Log } from "../log/log.ts";
import { LogError } from "../log/errors.ts";
import { readerUntil } from "../log/reader-until.ts";
import type { Logger } from "../observability/logger.ts";
import type { MessageBody } from "../workflow/records.ts";
import { readEventInTime, type Reading } from "./read-event.ts";

export interface ToldEventOptions extends Reading {
  readonly log: Pick<Log, "openReader">;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Where the topic does not hold it any more, its data is null, visibly: who compared nothing but its value has the rest. */
export async function withData(options: ToldEventOptions, body: MessageBody): Promise<MessageBody> {
  if (body.type !== "EventSeen" || body.event.data !== null) return body;
  const { log, logger, signal } = options;
  const { topic, partition, offset } = body.event;
  try {
    using reader = readerUntil(log, { topic, partition, from: offset, mode: "bulk" }, signal);
    for (;;) {
      signal.throwIfAborted();
      const batch = await reader.next();
      const record = batch.records.find((candidate) => candidate.offset === offset);
      if (record !== undefined) {
        const read = await readEventInTime(options, { topic, partition }, record, signal);
        if (read?.ok === true) return { ...body, event: { ...body.event, data: read.event.data } };
        break;
      }
      if (batch.nextOffset > offset) break;
    }
  } catch (error) {
    const isGone = error instanceof LogError && (error.code === "LOG_OFFSET_OUT_OF_RANGE" || error.code === "LOG_UNKNOWN_PARTITION");
    if (!isGone) throw error;
  }
  logger.warn(
    { code: "EVENT_DATA_GONE", topic, partition, offset, event: body.event.name },
    "the data of a large event was deleted from its topic before waits that it answers were told of it: they get null for it",
  );
  return { ...body, event: { ...body.event, data: "null" } };
}
