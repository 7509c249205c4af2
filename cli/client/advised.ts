// What went wrong, with what to do about it here.
import { CliError } from "../cli-error.ts";
import { ApiError } from "./api-error.ts";

/** The same error, whose message ends with `advice`; what has no code stays as it is. */
export function advised(error: unknown, advice: string): unknown {
  return retold(error, (message) => `${message}. ${advice}`);
}

/** The same error in other words; what has no code stays as it is. */
export function retold(error: unknown, words: (message: string) => string): unknown {
  if (error instanceof ApiError) {
    const { code, message, status, retryAfter, deliveries } = error;
    return new ApiError({ code, detail: words(message), status, deliveries }, retryAfter);
  }
  if (error instanceof CliError) return new CliError(error.code, words(error.message), { cause: error });
  return error;
}
