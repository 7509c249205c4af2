// What is wrong with the file of a run history.
import { MillraceError } from "../../engine/core/errors.ts";

export type HistoryErrorCode =
  | "HISTORY_NOT_THERE"
  | "HISTORY_NOT_OURS"
  | "HISTORY_OTHER_APP"
  | "HISTORY_OTHER_VERSION"
  | "HISTORY_UNUSABLE"
  | "HISTORY_FILE_GONE"
  | "HISTORY_NO_RUN"
  | "HISTORY_BAD_CURSOR";

export class HistoryError extends MillraceError {
  override readonly family = "history";
  declare readonly code: HistoryErrorCode;

  constructor(code: HistoryErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
