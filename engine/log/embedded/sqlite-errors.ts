// SQLite's errors to ours, by result code: https://www.sqlite.org/rescode.html
import { LogError } from "../errors.ts";

const BUSY = 5;
const LOCKED = 6;
const NO_MEMORY = 7;
const READ_ONLY = 8;
const IO = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

export function toLogError(error: unknown, file: string): LogError {
  if (error instanceof LogError) return error;
  const cause = { cause: error };
  switch (resultCode(error)) {
    case BUSY:
    case LOCKED:
      return new LogError(
        "LOG_LOCKED",
        `${file} is in use: another process, or another log in this one, has it open. One process at a time can use an embedded log: ` +
          "stop the other, give this one a path of its own, or use Kafka to run several",
        cause,
      );
    case CORRUPT:
    case NOT_A_DATABASE:
      return new LogError(
        "LOG_CORRUPT",
        `${file} is damaged or is not a Millrace log. Restore it from a copy, or move it away to begin anew`,
        {
          ...cause,
          outcomeUnknown: true,
        },
      );
    case FULL:
      return new LogError("LOG_UNAVAILABLE", `the disk of ${file} is full: nothing was written. Free some space and try again`, {
        ...cause,
        retriable: true,
      });
    case READ_ONLY:
    case CANNOT_OPEN:
      return new LogError(
        "LOG_UNAVAILABLE",
        `${file} cannot be opened for writing. Check that its directory exists and is writable`,
        cause,
      );
    case IO:
    case NO_MEMORY:
      return new LogError(
        "LOG_UNAVAILABLE",
        `reading or writing ${file} failed: ${reason(error)}. Check the disk, then open the log again`,
        {
          ...cause,
          outcomeUnknown: true,
        },
      );
    default:
      return new LogError("LOG_FAILED", `${file}: ${reason(error)}`, { ...cause, outcomeUnknown: true });
  }
}

/** The primary code: the low byte of SQLite's extended one. */
function resultCode(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : 0;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
