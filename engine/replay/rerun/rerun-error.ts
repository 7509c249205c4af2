// Why a run is not repeated as it was asked for.
import { MillraceError } from "../../core/errors.ts";

export type RerunErrorCode = "RERUN_NO_RUN" | "RERUN_NOT_OVER" | "RERUN_GOES_ON" | "RERUN_NO_STEP" | "RERUN_BAD_EDIT" | "RERUN_TOO_LARGE";

export class RerunError extends MillraceError {
  override readonly family = "rerun";
  declare readonly code: RerunErrorCode;

  constructor(code: RerunErrorCode, message: string) {
    super(code, message);
  }
}
