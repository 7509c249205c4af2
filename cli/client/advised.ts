// What went wrong, with what to do about it here.
import { CliError } from "../cli-error.ts";
import { ApiError } from "./api-error.ts";

/** The same error, whose message ends with `advice`; what has no code stays as it is. */
export function advised(error: unknown, advice: string): unknown {
  if (error instanceof ApiError) {
    const { code, message, status, retryAfter } = error;
    return new ApiError({ code, detail: `${message}. ${advice}`, status }, retryAfter);
  }
  if (error instanceof CliError) return new CliError(error.code, `${error.message}. ${advice}`, { cause: error });
  return error;
}
