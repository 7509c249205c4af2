// A row of the outbox, as it is read, and the event that it is.
import { ConfigurationError } from "../engine/core/configuration-error.ts";
import type { AnyEvents, EventToSend } from "../engine/execution/event-map.ts";

export interface Row {
  /** Its number: a bigint, as text. */
  readonly id: string;
  readonly event_id: string;
  readonly name: string;
  readonly key: string | null;
  /** JSON. */
  readonly data: string;
  readonly time: Date;
  readonly subject: string | null;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
}

/** @throws ConfigurationError `NOT_JSON` where a number in the data would be another one in JavaScript */
export function eventOf({ event_id: id, name, key, data, time, ...more }: Row): EventToSend<AnyEvents> {
  const inexact = inexactNumber(data);
  if (inexact !== null) {
    throw new ConfigurationError(
      "NOT_JSON",
      `event "${name}": its data has the whole number ${inexact}, which is beyond 2^53 and would be rounded. Write it as a text`,
    );
  }
  const { subject, traceparent, tracestate } = more;
  return {
    id,
    name,
    data: JSON.parse(data) as unknown,
    time,
    ...(key === null ? {} : { key }),
    ...(subject === null ? {} : { subject }),
    ...(traceparent === null ? {} : { traceparent }),
    ...(tracestate === null ? {} : { tracestate }),
  };
}

/** The texts of JSON, and its whole numbers of as many digits as 2^53 has. */
const TEXT_OR_LONG = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+])\d{16,}(?![\d.eE])/g;

function inexactNumber(json: string): string | null {
  for (const [found] of json.matchAll(TEXT_OR_LONG)) {
    if (!found.startsWith('"') && !Number.isSafeInteger(Number(found))) return found;
  }
  return null;
}
