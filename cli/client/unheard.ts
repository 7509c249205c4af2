// Whether a request that came to nothing was heard by anybody: what was heard may have been carried out.
import { CliError } from "../cli-error.ts";
import { ApiError } from "./api-error.ts";

/** What has it carries nothing out: it leads elsewhere. */
export const REDIRECTED = "REDIRECTED";

const UNHEARD: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", REDIRECTED]);

/** Nobody was there. */
export function wasUnheard(error: unknown): boolean {
  const { cause } = error instanceof CliError && error.cause instanceof Error ? error.cause : {};
  return cause instanceof Error && "code" in cause && UNHEARD.has(cause.code);
}

/** It came to nothing, and is not known not to have been carried out. What was said no to was not, nor what is to be asked again after a while. */
export function mayBeDone(error: unknown): boolean {
  if (!(error instanceof ApiError)) return !wasUnheard(error);
  return error.status >= 500 && !(error.status === 503 && error.retryAfter !== null);
}

/** Events came to nothing that anybody knows of, and are not known not to be in the log. What was said no to sends nothing; else each is told of. */
export function mayBeSent(error: unknown): boolean {
  if (!(error instanceof ApiError)) return !wasUnheard(error);
  if (error.status < 500 || error.code === "NOT_READY") return false;
  const { deliveries = [] } = error;
  return deliveries.length === 0 || deliveries.some(({ status }) => status !== "not-sent");
}
