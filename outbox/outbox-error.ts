// What is wrong with an outbox, as people see it.
import { MillraceError } from "../engine/core/errors.ts";

export type OutboxErrorCode = "OUTBOX_TABLE" | "OUTBOX_STATE";

export class OutboxError extends MillraceError {
  override readonly family = "outbox";
  declare readonly code: OutboxErrorCode;

  constructor(code: OutboxErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}
