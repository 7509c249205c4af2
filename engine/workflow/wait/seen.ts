// An event as tasks tell it to each other, and as the journal keeps it.
import type { MessageEvent, TriggerEvent } from "../records.ts";

/** Data that is too large to be told is read from its topic before anything is decided of it. */
export function triggerOf(event: MessageEvent): TriggerEvent {
  // In place, so that live and rebuilt state write it alike.
  return { ...event, data: event.data ?? "null" };
}
