// The Worker family of errors: what starting workers and upgrading them may say.
import { MillraceError } from "../core/errors.ts";

export type WorkerErrorCode = "ACTIVATION_TIMEOUT" | "STOPPED_WHILE_STARTING" | "UPGRADE_REFUSED";

export class WorkerError extends MillraceError {
  override readonly family = "worker";
  declare readonly code: WorkerErrorCode;

  constructor(code: WorkerErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}

export function stoppedWhileStarting(cause?: unknown): WorkerError {
  return new WorkerError("STOPPED_WHILE_STARTING", "the app was stopped before every partition had taken up its functions", { cause });
}
