// The Worker family of errors: what a worker's start may say.
import { MillraceError } from "../core/errors.ts";

export type WorkerErrorCode = "ACTIVATION_TIMEOUT" | "STOPPED_WHILE_STARTING";

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
