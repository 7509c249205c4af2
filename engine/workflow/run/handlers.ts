// Runs that tell how other runs ended: a function's `onFailure` and `onCancel`.
import type { RunState } from "../state.ts";

export const FUNCTION_FAILED = "millrace/function.failed";
export const FUNCTION_CANCELLED = "millrace/function.cancelled";
const ON_FAILURE = "/on-failure";
const ON_CANCEL = "/on-cancel";

/** The id under which a function's `onFailure` runs. A user's function id has no slash, so the two never meet. */
export function failureHandlerId(functionId: string): string {
  return functionId + ON_FAILURE;
}

export function cancelHandlerId(functionId: string): string {
  return functionId + ON_CANCEL;
}

/** The function that a manifest declares: a handler's, or the function itself. */
export function declaredId(functionId: string): string {
  const slash = functionId.indexOf("/");
  return slash === -1 ? functionId : functionId.slice(0, slash);
}

/** A handler of ends that ends badly is the end: another event would go round for ever. */
export function isEndHandler({ functionId, event }: RunState): boolean {
  return (
    functionId.endsWith(ON_FAILURE) || functionId.endsWith(ON_CANCEL) || event.name === FUNCTION_FAILED || event.name === FUNCTION_CANCELLED
  );
}
