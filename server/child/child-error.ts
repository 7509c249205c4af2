// Work in another process came to nothing.
import { MillraceError } from "../../engine/core/errors.ts";

/** `CHILD_ENDED`, or the code of what was thrown there. */
export class ChildError extends MillraceError {
  override readonly family = "child";
}
