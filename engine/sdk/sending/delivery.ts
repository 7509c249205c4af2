// What became of each event of a call of `send`.
import { LogError } from "../../log/errors.ts";

/** Where an event stands in the log. */
export interface SentRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Both in the order of the events. */
export interface SendResult {
  readonly ids: readonly string[];
  readonly records: readonly SentRecord[];
}

/**
 * `sent`: the log has it. `not-sent`: it is not in the log and will not be. `unknown`: it was on its way and nobody said what became of it; sending
 * it again may double it, unless it has an id of its own.
 */
export type Delivery =
  | { readonly status: "sent"; readonly id: string; readonly record: SentRecord }
  | { readonly status: "not-sent"; readonly id: string | null; readonly reason: string }
  | { readonly status: "unknown"; readonly id: string; readonly reason: string };

/** A call of `send` of which not all is known to be in the log. Its code is that of the first failure. */
export class DeliveryError extends LogError {
  /** In the order of the events. */
  readonly deliveries: readonly Delivery[];

  constructor(cause: LogError, deliveries: readonly Delivery[]) {
    const count = (status: Delivery["status"]): number => deliveries.filter((delivery) => delivery.status === status).length;
    super(cause.code, `${cause.message}${summary(count("sent"), count("not-sent"), count("unknown"))}`, {
      retriable: cause.retriable,
      outcomeUnknown: count("unknown") > 0,
      cause,
    });
    this.deliveries = deliveries;
  }
}

function summary(sent: number, notSent: number, unknown: number): string {
  const parts = [
    ...(sent > 0 ? [`${sent} sent`] : []),
    ...(notSent > 0 ? [`${notSent} not sent`] : []),
    ...(unknown > 0
      ? [`${unknown} in the log or not, which is not known: send them again with an id of their own, so that they count once`]
      : []),
  ];
  return ` (${sent + notSent + unknown === 1 ? "the event" : "of the events"}: ${parts.join(", ")}. See the error's deliveries)`;
}
