// Counters that are there before they count. Prometheus sees no increase in a series that begins with 1: so the first poison pill, or the first dead
// letter of its kind, would be in no rate, and no rule on one would ever fire.
import type { Meters } from "./meters.ts";

/** By the guide's list of events that are set aside. */
const UNREADABLE = [
  "EVENT_WITHOUT_TYPE",
  "EVENT_WITHOUT_ID",
  "EVENT_NAME_TOO_LONG",
  "EVENT_CONTENT_TYPE",
  "EVENT_NOT_JSON",
  "EVENT_TIME",
  "EVENT_TOO_LARGE",
  "EVENT_NOT_AVRO",
  "EVENT_SCHEMA_UNKNOWN",
  "EVENT_STRUCTURED",
  "EVENT_BATCHED",
  "SOURCE_MAPPING_FAILED",
  "SOURCE_NOT_A_CHANGE",
] as const;

const NOT_CONSUMED = [
  "CONSUMER_HANDLER_FAILED",
  "CONSUMER_HANDLER_DEADLY",
  "CONSUMER_REDUCER_FAILED",
  "CONSUMER_STATE_TOO_LARGE",
  "CONSUMER_KEY_MISSING",
  "CONSUMER_KEY_TOO_LONG",
] as const;

export const COUNTED_DEAD_LETTERS = { unreadable: UNREADABLE, notConsumed: NOT_CONSUMED };

/** What an app has that sends and may run functions. */
export function countAppFromZero(meters: Meters): void {
  meters.eventsSent.of();
  meters.sendFailures.of();
  for (const outcome of ["sent", "retried", "failed", "dropped"]) meters.alertsSent.of(outcome);
}

export function countFunctionsFromZero(meters: Meters, ids: Iterable<string>): void {
  countWorkerFromZero(meters);
  for (const id of ids) {
    meters.runsStarted.of(id);
    for (const status of ["completed", "failed", "cancelled"]) meters.runsEnded.of(id, status);
    for (const family of [meters.runsQuarantined, meters.runsParked, meters.stepsFailed]) family.of(id);
  }
}

export function countConsumerFromZero(meters: Meters): void {
  countWorkerFromZero(meters);
  for (const code of NOT_CONSUMED) meters.deadLetters.of(code);
}

function countWorkerFromZero(meters: Meters): void {
  for (const code of UNREADABLE) meters.deadLetters.of(code);
  for (const reason of ["fenced", "stopped"]) meters.partitionsLost.of(reason);
  meters.restoredRecords.of();
  meters.imageBytes.of();
}
