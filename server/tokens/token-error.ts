// What is wrong with the file of tokens, or with what a command is to do with it.
import { MillraceError } from "../../engine/core/errors.ts";

export type TokenErrorCode =
  "TOKENS_UNREADABLE" | "TOKENS_INVALID" | "TOKENS_LOCKED" | "TOKENS_NOT_YOURS" | "TOKEN_EXISTS" | "TOKEN_UNKNOWN" | "TOKEN_BAD_NAME";

export class TokenError extends MillraceError {
  override readonly family = "tokens";
  declare readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}
