// What tells one event from another, for good: its place in the log, or the id that the engine gave to one that never was in a topic.
import type { MessageEvent, TriggerEvent } from "../records.ts";

export function originOf({
  topic,
  partition,
  offset,
  id,
}: Pick<TriggerEvent | MessageEvent, "topic" | "partition" | "offset" | "id">): string {
  return topic === "" ? id : `${topic}/${partition}/${offset}`;
}
