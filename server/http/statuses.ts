// Which status an error of the engine is answered with: by its code where that says it, else by its family.
import type { Coded } from "./problem.ts";
import { ServerError } from "./server-error.ts";

const BY_CODE: Readonly<Record<string, number>> = {
  UNKNOWN_FUNCTION: 404,
  EVENT_TOO_LARGE: 413,
  LOG_RECORD_TOO_LARGE: 413,
  LOG_UNKNOWN_PARTITION: 404,
  LOG_OFFSET_OUT_OF_RANGE: 410,
  LOG_UNAVAILABLE: 503,
  LOG_ABORTED: 503,
  LOG_CLOSED: 503,
  WRONG_STATE: 409,
  EVENT_DATA_INVALID: 400,
  REGISTRY_UNAVAILABLE: 503,
  HISTORY_BAD_CURSOR: 400,
  RERUN_NO_RUN: 404,
  RERUN_NOT_OVER: 409,
  RERUN_GOES_ON: 409,
};

/** `configuration`: what was asked for cannot be. The others are this side's trouble. */
const BY_FAMILY: Readonly<Record<string, number>> = { configuration: 400, user: 422, log: 502, schemas: 422, rerun: 422 };

const RETRY_SECONDS = 5;

export function statusOf(error: Coded): number {
  if (error instanceof ServerError) return error.status;
  return BY_CODE[error.code] ?? BY_FAMILY[error.family] ?? 500;
}

/** Seconds; null where nothing is better later, or nobody should try again before they have looked what came of it. */
export function retryAfterOf(error: Coded): number | null {
  if (error instanceof ServerError) return error.retryAfterSeconds;
  // Events that were sent are told one by one, and are sent again by their ids.
  if ("outcomeUnknown" in error && error.outcomeUnknown === true && !("deliveries" in error)) return null;
  return statusOf(error) === 503 ? RETRY_SECONDS : null;
}
