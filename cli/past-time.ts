// A time in the past, as people give it to a command.
import { durationMs } from "../engine/core/duration.ts";
import { CliError } from "./cli-error.ts";

/** Milliseconds since 1970; undefined for the beginning. `text`: ISO 8601, how long ago as in "7 days", or "beginning". @throws CliError `CLI_BAD_TIME` */
export function pastTime(flag: string, text: string, now = Date.now()): number | undefined {
  if (text === "beginning") {
    // It would be no end at all.
    if (flag === "--until") throw new CliError("CLI_BAD_TIME", "--until beginning: there is nothing before the beginning");
    return undefined;
  }
  const time = LIKE_ISO.test(text) ? isoTime(text) : now - ago(text);
  if (!Number.isNaN(time)) return time;
  throw new CliError(
    "CLI_BAD_TIME",
    `${flag} is an ISO 8601 time such as 2026-11-20T08:00Z, how long ago as in "7 days", or beginning, not "${text}"`,
  );
}

const LIKE_ISO = /^\d{4}-/;
const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * Milliseconds since 1970; NaN: it is none. Without a zone it is in this machine's, in which tables have their times: of a day alone, too, which
 * JavaScript takes for one of UTC.
 */
export function isoTime(text: string): number {
  // `Date.parse` makes a time of almost anything, such as "12".
  if (!LIKE_ISO.test(text)) return Number.NaN;
  return Date.parse(DAY.test(text) ? `${text}T00:00` : text);
}

function ago(text: string): number {
  try {
    return durationMs(text);
  } catch {
    return Number.NaN;
  }
}
