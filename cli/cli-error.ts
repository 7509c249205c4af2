// What a command cannot do, with a code like every error of the engine.
import { MillraceError } from "../engine/core/errors.ts";

export type CliErrorCode =
  | "CLI_EMBEDDED"
  | "CLI_BAD_CHOICE"
  | "CLI_BACKFILL_HOW"
  | "CLI_NO_BACKFILL"
  | "CLI_NO_LOG"
  | "CLI_NO_SCHEMAS"
  | "CLI_NO_VERSIONS"
  | "CLI_STALE_TYPES"
  | "CLI_NO_APP"
  | "CLI_APP_UNNAMED"
  | "CLI_NOT_ERASABLE"
  | "CLI_NOT_CONFIRMED"
  | "CLI_NO_CODEC"
  | "CLI_NO_FUNCTION"
  | "CLI_OTHER_VERSION"
  | "CLI_REPLAY_HOW"
  | "CLI_NO_PARTITION"
  | "CLI_NO_ANSWER"
  | "CLI_BAD_FILE"
  | "CLI_BAD_NUMBER"
  | "CLI_IMAGE_WRONG"
  | "CLI_STATE_WRONG"
  | "CLI_BAD_TIME"
  | "CLI_BAD_STATUS"
  | "CLI_BAD_NAME"
  | "CLI_FILE_EXISTS"
  | "CLI_NOT_SERVED"
  | "CLI_NO_MODULE"
  | "CLI_PORT_TAKEN"
  | "CLI_NO_TOKENS"
  | "CLI_NO_SERVER"
  | "CLI_NOT_MILLRACE"
  | "CLI_NOT_DONE"
  | "CLI_NO_RUN"
  | "CLI_NO_CONSUMER"
  | "CLI_LOG_HELD"
  | "CLI_BAD_JSON"
  | "CLI_SEND_REFUSED"
  | "CLI_SEND_STUCK";

export class CliError extends MillraceError {
  override readonly family = "cli";
  declare readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}
