// The Journal family of errors: what stands in the log cannot be read by this version. The partition stops (R2, R5).
import { MillraceError } from "../core/errors.ts";

export type JournalErrorCode =
  | "JOURNAL_UNKNOWN_FORMAT"
  | "JOURNAL_DAMAGED"
  | "JOURNAL_GAP"
  | "JOURNAL_TRUNCATED"
  | "JOURNAL_NO_HISTORY"
  | "QUEUED_EVENTS_LOST"
  | "MESSAGES_REWRITTEN"
  | "MESSAGES_LOST";

export class JournalError extends MillraceError {
  override readonly family = "journal";
  declare readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}
