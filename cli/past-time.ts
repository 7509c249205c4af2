// A time in the past, as people give it to a command.
import { durationMs } from "../engine/core/duration.ts";
import { CliError } from "./cli-error.ts";

/** Milliseconds since 1970; undefined for the beginning. `text`: ISO 8601, how long ago as in "7 days", or "beginning". @throws CliError `CLI_BAD_TIME` */
export function pastTime(flag: string, text: string, now = Date.now()): number | undefined {
  if (text === "beginning") return undefined;
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : now - ago(text);
  if (!Number.isNaN(time)) return time;
  throw new CliError(
    "CLI_BAD_TIME",
    `${flag} is an ISO 8601 time such as 2026-11-20T08:00Z, how long ago as in "7 days", or beginning, not "${text}"`,
  );
}

function ago(text: string): number {
  try {
    return durationMs(text);
  } catch {
    return Number.NaN;
  }
}
