// What the server says no to, with the status that it answers. Everything else that is thrown gets its status by `statuses.ts`.
import { MillraceError } from "../../engine/core/errors.ts";
import type { Problem } from "../contract/words.ts";

const STATUS = {
  INVALID_REQUEST: 400,
  MALFORMED_BODY: 400,
  MALFORMED_REQUEST: 400,
  NOT_AUTHENTICATED: 401,
  NOT_ALLOWED: 403,
  HOST_NOT_ALLOWED: 403,
  ORIGIN_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_SLOW: 408,
  HEADERS_TOO_SLOW: 408,
  CONFLICT: 409,
  COUNT_CHANGED: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  NOT_POSSIBLE: 422,
  TOO_MANY_REQUESTS: 429,
  HEADERS_TOO_LARGE: 431,
  LOG_IS_SLOW: 429,
  INTERNAL_ERROR: 500,
  NOT_READY: 503,
  SEND_UNKNOWN: 503,
  TOO_MANY_STREAMS: 503,
} as const;

export type ServerErrorCode = keyof typeof STATUS;
export type ServerErrorStatus = (typeof STATUS)[ServerErrorCode];

/** Where what was sent is wrong, as a path such as `body.items.0.name`, and why. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** What became of an event. */
export type ToldDelivery = NonNullable<Problem["deliveries"]>[number];

export class ServerError extends MillraceError {
  override readonly family = "server";
  declare readonly code: ServerErrorCode;
  readonly status: ServerErrorStatus;
  readonly faults: readonly Fault[] | null;
  readonly retryAfterSeconds: number | null;
  readonly deliveries: readonly ToldDelivery[] | null;

  constructor(
    code: ServerErrorCode,
    message: string,
    options: {
      readonly faults?: readonly Fault[];
      readonly retryAfterSeconds?: number;
      readonly deliveries?: readonly ToldDelivery[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.status = STATUS[code];
    this.faults = options.faults ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.deliveries = options.deliveries ?? null;
  }
}

/** `what`: `run 01K…`. */
export function notFound(what: string, advice = "Check its id"): ServerError {
  return new ServerError("NOT_FOUND", `there is no ${what}. ${advice}`);
}
