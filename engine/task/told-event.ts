// The data of an event that was too large to be told, from its place in its topic.
import type { Log } from "../log/log.ts";
import { LogError } from "../log/errors.ts";
import { decodeEvent } from "../workflow/event/cloud-event.ts";
import type { MessageBody } from "../workflow/records.ts";

/** Where the topic does not hold it any more, its data is null: who compared nothing but its value has the rest. */
export async function withData(log: Log, body: MessageBody, signal: AbortSignal): Promise<MessageBody> {
  if (body.type !== "EventSeen" || body.event.data !== null) return body;
  const { topic, partition, offset } = body.event;
  const reader = log.openReader({ topic, partition, from: offset, mode: "bulk" });
  const stop = (): void => reader.close();
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      signal.throwIfAborted();
      const batch = await reader.next();
      const record = batch.records.find((candidate) => candidate.offset === offset);
      if (record !== undefined) {
        const read = decodeEvent(record);
        return { ...body, event: { ...body.event, data: read.ok ? read.event.data : "null" } };
      }
      if (batch.nextOffset > offset) break;
    }
  } catch (error) {
    const isGone = error instanceof LogError && (error.code === "LOG_OFFSET_OUT_OF_RANGE" || error.code === "LOG_UNKNOWN_PARTITION");
    if (!isGone) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    reader.close();
  }
  return { ...body, event: { ...body.event, data: "null" } };
}
