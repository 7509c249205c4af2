// The Log family of errors. Adapters convert at their edge and keep the original as `cause`.
import { MillraceError } from "../core/errors.ts";

export type LogErrorCode =
  | "LOG_ABORTED"
  | "LOG_CLOSED"
  | "LOG_UNAVAILABLE"
  | "LOG_AUTHENTICATION_FAILED"
  | "LOG_NOT_AUTHORIZED"
  | "LOG_LOCKED"
  | "LOG_RECORD_TOO_LARGE"
  | "LOG_UNKNOWN_PARTITION"
  | "LOG_OFFSET_OUT_OF_RANGE"
  | "LOG_INVALID_RECORD"
  | "LOG_INVALID_TOPIC"
  | "LOG_CORRUPT"
  | "LOG_KEY_MISSING"
  | "LOG_UNDECIPHERABLE"
  | "LOG_FAILED";

export class LogError extends MillraceError {
  override readonly family = "log";
  declare readonly code: LogErrorCode;
  /** The same call may succeed later without any change. */
  readonly retriable: boolean;
  /** An append was sent and may or may not be in the log. */
  readonly outcomeUnknown: boolean;

  constructor(
    code: LogErrorCode,
    message: string,
    options: { readonly retriable?: boolean; readonly outcomeUnknown?: boolean; readonly cause?: unknown } = {},
  ) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.retriable = options.retriable ?? false;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}
