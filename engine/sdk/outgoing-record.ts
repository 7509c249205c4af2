// How the data of an event that is sent becomes bytes: JSON, unless a schema says otherwise.
import type { CheckedEvent } from "../execution/outgoing-event.ts";

/** What of a record depends on how its data is written. */
export interface OutgoingBody {
  readonly value: Buffer;
  /** `content-type`, and what else tells readers how to read the value, e.g. `ce_dataschema`. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Checks and encodes the data of an event; `given` is the data as it was given to `send`, `event.data` the same as JSON. What cannot be sent is
 * thrown, or rejected. A promise is for what has to be asked for first, such as a schema's id: the events of its call, and later ones with the
 * same key, wait for it; others do not.
 */
export type BodyEncoder = (event: CheckedEvent, given: unknown) => OutgoingBody | Promise<OutgoingBody>;

const JSON_HEADERS = { "content-type": "application/json" };

export const jsonBody = (event: CheckedEvent): OutgoingBody => ({ value: Buffer.from(event.data), headers: JSON_HEADERS });
