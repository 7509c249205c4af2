// A cron expression as the times it names. Time zones follow the tables of the machine, so what is computed here is decided and recorded,
// and never computed again by a rebuild (R2).
import { Cron } from "croner";
import { ConfigurationError } from "../../core/configuration-error.ts";
import { outOfRange } from "./field-ranges.ts";

/** Times are milliseconds since 1970; a tick is a whole second. */
export interface Schedule {
  /** The first tick after a time; null where there is none before the year 10000. */
  readonly next: (after: number) => number | null;
}

const MAX_LENGTH = 256;
const ZONED = /^TZ=(\S+)\s+(.*)$/;
const NICKNAME = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;
/** Expressions have no years: what fires once fires within eight years of any day, leap days included. */
const ANY_DAY = Date.UTC(2024, 0, 1);
const MAX_GAPS = 400;
/** Reading an expression takes longer than asking it, and it is asked again at each of its ticks. */
const known = new Map<string, Schedule>();
const MAX_KNOWN = 1_000;

/**
 * `TZ=Europe/Warsaw 0 9 * * *`: minute, hour, day of the month, month, day of the week; with six fields, seconds first. Without TZ: UTC.
 * @throws ConfigurationError `INVALID_FUNCTION`, naming what is wrong. `whose`: who asks, for the message.
 */
export function parseCron(text: string, whose: string): Schedule {
  const found = known.get(text);
  if (found !== undefined) return found;
  const schedule = readCron(text, whose);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, schedule);
  return schedule;
}

/** The last tick that is not after `upTo`. `from` is a tick that is not. By halving, so that an outage of months costs no more than one of minutes. */
export function lastTick(schedule: Schedule, from: number, upTo: number): number {
  let last = from;
  let end = upTo;
  for (;;) {
    const following = schedule.next(last);
    if (following === null || following > end) return last;
    const middle = Math.max(Math.floor((last + end) / 2), following);
    const later = schedule.next(middle - 1);
    if (later !== null && later <= end) last = later;
    else end = middle - 1;
  }
}

/** The shortest time between two ticks that follow each other, as far as four hundred of them show it. */
export function shortestGapMs(schedule: Schedule): number {
  let shortest = Number.POSITIVE_INFINITY;
  let last = schedule.next(ANY_DAY);
  for (let n = 0; n < MAX_GAPS && last !== null; n++) {
    const next = schedule.next(last);
    if (next !== null) shortest = Math.min(shortest, next - last);
    last = next;
  }
  return shortest;
}

function readCron(text: string, whose: string): Schedule {
  const invalid = (problem: string, cause?: unknown): never => {
    throw new ConfigurationError("INVALID_FUNCTION", `${whose}: cron ${JSON.stringify(text)}: ${problem}`, { cause });
  };
  if (typeof text !== "string" || text.length > MAX_LENGTH) return invalid(`an expression is a text of at most ${MAX_LENGTH} characters`);
  const [, timezone = "UTC", fields = ""] = ZONED.exec(text.trim()) ?? [null, "UTC", text.trim()];
  if (!isTimeZone(timezone)) invalid(`there is no time zone ${timezone}; name one as in TZ=Europe/Warsaw`);
  const problem = problemOf(fields);
  if (problem !== null) invalid(problem);
  const cron = readFields(fields, timezone, invalid);
  const schedule: Schedule = { next: (after) => cron.nextRun(new Date(after))?.getTime() ?? null };
  if (schedule.next(ANY_DAY) === null) invalid("it never fires: there is no such day");
  return schedule;
}

function problemOf(fields: string): string | null {
  if (fields.startsWith("@")) {
    return NICKNAME.test(fields) ? null : `${fields} is none of @yearly, @monthly, @weekly, @daily and @hourly`;
  }
  const parts = fields.split(/\s+/);
  if (parts.length === 5 || parts.length === 6) return outOfRange(parts);
  return "an expression has five fields (minute, hour, day of the month, month, day of the week), or six with seconds before them";
}

function readFields(fields: string, timezone: string, invalid: (problem: string, cause: unknown) => never): Cron {
  try {
    // A list or range of fixed times counts as each of its times would alone: see docs/guide/cron.md for what a change of the clocks does.
    return new Cron(fields, { timezone, mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" });
  } catch (error) {
    return invalid(error instanceof Error ? error.message.replace(/^CronPattern: /, "") : "it cannot be read", error);
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
