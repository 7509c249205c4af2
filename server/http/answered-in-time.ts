// Whoever asks is answered. A log that says nothing, a broker that stands still, would leave requests hanging for as long as it does: they are told
// so instead, and ask again.
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../engine/core/clock.ts";
import { LogError } from "../../engine/log/errors.ts";
import type { ApiEnv } from "./api.ts";

export interface Patience {
  /** From when the request was read whole. */
  readonly answerMs: number;
  readonly clock: Clock;
}

/** What it was that waited goes on, and nobody hears of it. @throws LogError `LOG_UNAVAILABLE` */
export const answeredInTime: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { answerMs, clock } = c.get("patience");
  const late = Promise.withResolvers<never>();
  const forget = clock.setTimer(answerMs, () => late.reject(unanswered(answerMs, c.req.method)));
  try {
    await Promise.race([next(), late.promise]);
  } finally {
    forget();
  }
};

function unanswered(answerMs: number, method: string): LogError {
  const advice =
    method === "GET"
      ? "ask again when it does"
      : "what was asked for may still be done when it does: look at what there is, and at the audit, before you ask again";
  return new LogError("LOG_UNAVAILABLE", `the log did not answer within ${answerMs / 1_000} s: ${advice}`, {
    retriable: true,
    outcomeUnknown: method !== "GET",
  });
}
