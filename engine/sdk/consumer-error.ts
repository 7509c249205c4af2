// The Consumer family of errors: what asking a consumer for its state may say.
import { MillraceError } from "../core/errors.ts";

export type ConsumerErrorCode = "CONSUMER_NOT_STARTED" | "CONSUMER_NOT_HERE";

export class ConsumerError extends MillraceError {
  override readonly family = "consumer";
  declare readonly code: ConsumerErrorCode;

  constructor(code: ConsumerErrorCode, message: string) {
    super(code, message);
  }
}
