// Why one version of a consumer cannot take the place of another.
import { MillraceError } from "../../core/errors.ts";

export type SwapErrorCode = "SWAP_NO_VERSION" | "SWAP_NO_ANSWER" | "SWAP_NOT_READY" | "SWAP_DIFFERS";

export class SwapError extends MillraceError {
  override readonly family = "swap";
  declare readonly code: SwapErrorCode;

  constructor(code: SwapErrorCode, message: string) {
    super(code, message);
  }
}
