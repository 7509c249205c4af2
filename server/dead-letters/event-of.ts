// The event of a consumer's dead letter, as the consumer had it.
import { decodeEvent } from "../../engine/workflow/event/cloud-event.ts";
import type { MessageEvent } from "../../schemas/journal/generated.ts";
import { ServerError } from "../http/server-error.ts";
import type { Letter } from "./letter.ts";
import type { Original } from "./original.ts";

/** @throws ServerError `NOT_POSSIBLE` where it is none: somebody else wrote it */
export function eventOf(original: Original, { id, at, source }: Letter): MessageEvent {
  const read = decodeEvent(original);
  if (!read.ok) throw new ServerError("NOT_POSSIBLE", `dead letter ${id} cannot be retried: it holds no event, since ${read.reason}`);
  const { id: eventId, name, data, time, key, corrects = null } = read.event;
  const { topic, partition, offset } = source ?? { topic: "", partition: 0, offset: 0 };
  const when = time ?? at;
  return { id: eventId, name, data, time: when, key, topic, partition, offset, appendedAt: when, corrects, trace: null };
}
