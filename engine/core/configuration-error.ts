// What a user of the library wrote cannot work: thrown where it was written, before anything runs.
import { MillraceError } from "./errors.ts";

export type ConfigurationErrorCode =
  | "INVALID_DURATION"
  | "INVALID_OPTIONS"
  | "INVALID_SETTINGS"
  | "INVALID_FUNCTION"
  | "DUPLICATE_FUNCTION"
  | "UNKNOWN_FUNCTION"
  | "INVALID_CONSUMER"
  | "DUPLICATE_CONSUMER"
  | "INVALID_EVENT"
  | "INVALID_BACKFILL"
  | "INVALID_EXPECTATION"
  | "EVENT_TOO_LARGE"
  | "INVALID_STEP"
  | "INVALID_RUN_ID"
  | "INVALID_EXPRESSION"
  | "NOT_JSON"
  | "WRONG_STATE"
  | "NOT_ERASABLE";

export class ConfigurationError extends MillraceError {
  override readonly family = "configuration";
  declare readonly code: ConfigurationErrorCode;

  constructor(code: ConfigurationErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}
