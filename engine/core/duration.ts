// Durations as people write them.
import { ConfigurationError } from "./configuration-error.ts";
import { shown } from "./shown.ts";

type Unit = "ms" | "s" | "m" | "h" | "d" | "w" | "millisecond" | "second" | "minute" | "hour" | "day" | "week" | "sec" | "min";
/** Milliseconds, or text such as `"1 day"`, `"90s"`, `"1h 30m"`. */
export type Duration = number | `${number}${Unit | ` ${Unit}` | `${Unit}s` | ` ${Unit}s`}` | (string & {});

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
};
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/giy;

/** 10,000 years: whatever is added to it is still a time. */
const MAX_MS = 315_576_000_000_000;

/** @throws ConfigurationError `INVALID_DURATION` when it is not a length between 0 and 10,000 years. */
export function durationMs(duration: Duration): number {
  const ms = typeof duration === "number" ? duration : parse(duration);
  if (!(ms >= 0 && ms <= MAX_MS)) {
    throw new ConfigurationError(
      "INVALID_DURATION",
      `${shown(duration)} is not a duration of at most 10,000 years. Write milliseconds as a number, or text such as "1 day", "90s" or "1h 30m".`,
    );
  }
  return Math.round(ms);
}

function parse(text: string): number {
  if (typeof text !== "string") return Number.NaN;
  const trimmed = text.trim();
  let total = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let match = PART.exec(trimmed); match !== null; match = PART.exec(trimmed)) {
    const [, amount = "", word = ""] = match;
    const unit = UNIT_MS[word.toLowerCase()] ?? UNIT_MS[word.toLowerCase().replace(/s$/, "")];
    if (unit === undefined) return Number.NaN;
    total += Number(amount) * unit;
    end = PART.lastIndex;
  }
  return end === trimmed.length && end > 0 ? total : Number.NaN;
}
