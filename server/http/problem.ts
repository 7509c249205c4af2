// What went wrong, as RFC 9457 wants it: every error that has a code keeps it, everything else is told to the log and not to who calls.
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Delivery } from "../../engine/sdk/sending/delivery.ts";
import type { Problem } from "../contract/words.ts";
import type { AnswerLog } from "./answer-log.ts";
import { ServerError, type ServerErrorCode, type ToldDelivery } from "./server-error.ts";
import { retryAfterOf, statusOf } from "./statuses.ts";

const GUIDE = "urn:millrace:problem:";

/** Answers with what went wrong. */
export function answerProblem(c: Context, error: unknown, log: AnswerLog): Response {
  const known = asCoded(error);
  const problem = problemOf(known ?? new ServerError("INTERNAL_ERROR", "the server failed; its log says more"));
  log.answered(c, { status: problem.status, code: problem.code, error });
  const retryAfter = known === null ? null : retryAfterOf(known);
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(retryAfter === null ? {} : { "retry-after": String(retryAfter) }),
    ...(problem.status === 401 ? { "www-authenticate": 'Bearer realm="millrace"' } : {}),
  });
}

export function problemOf(error: Coded): Problem {
  const { code, message } = error;
  const status = statusOf(error);
  const deliveries = deliveriesOf(error);
  return {
    type: `${GUIDE}${code}`,
    title: titleOf(code),
    status,
    code,
    detail: message,
    ...(error instanceof ServerError && error.faults !== null ? { errors: [...error.faults] } : {}),
    ...(deliveries === undefined ? {} : { deliveries }),
  };
}

/** An error of this package, or of another copy of it: an app's module may have its own. */
export type Coded = Error & { readonly code: string; readonly family: string };

export function asCoded(error: unknown): Coded | null {
  if (error instanceof HTTPException) return fromHono(error);
  return isCoded(error) ? error : null;
}

function isCoded(error: unknown): error is Coded {
  return (
    error instanceof Error && "code" in error && typeof error.code === "string" && "family" in error && typeof error.family === "string"
  );
}

function fromHono(error: HTTPException): ServerError {
  const [code, message] = HONO[error.status] ?? ["INVALID_REQUEST", error.message];
  return new ServerError(code, message, { cause: error });
}

const HONO: Readonly<Partial<Record<number, readonly [ServerErrorCode, string]>>> = {
  400: ["MALFORMED_BODY", "the body is not JSON: it has to be one JSON value in UTF-8"],
  413: ["BODY_TOO_LARGE", "the body is too large"],
  415: ["UNSUPPORTED_MEDIA_TYPE", "the body is of a type that is not understood here: send `content-type: application/json`"],
};

/** What became of each event, where the error is about events that were sent. */
export function deliveriesOf(error: Coded): Problem["deliveries"] {
  if (!("deliveries" in error) || !Array.isArray(error.deliveries)) return undefined;
  // By shape, like the error.
  const deliveries = error.deliveries as readonly (Delivery | ToldDelivery)[];
  return deliveries.map((delivery) => ({
    status: delivery.status,
    id: delivery.id,
    reason: "reason" in delivery ? delivery.reason : null,
  }));
}

/** `NOT_FOUND` → `Not found`. */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
