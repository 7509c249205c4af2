// A result as it is recorded: JSON, and not too much of it (R15).
import { toJson } from "./json.ts";
import { NonRetriableError } from "./user-errors.ts";

export const MAX_RESULT_BYTES = 1024 * 1024;
export const MAX_CURSOR_BYTES = 64 * 1024;

/** @throws NonRetriableError with a clear reason: trying again would give the same */
export function resultJson(output: unknown, what: string, maxBytes = MAX_RESULT_BYTES): string | null {
  let json: string | null;
  try {
    json = toJson(output, what);
  } catch (cause) {
    throw new NonRetriableError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (json !== null && json.length > maxBytes / 4 && Buffer.byteLength(json) > maxBytes) {
    throw new NonRetriableError(
      `${what} has ${Buffer.byteLength(json)} bytes of JSON; ${maxBytes} may be recorded. Store it elsewhere and return where it is.`,
    );
  }
  return json;
}
