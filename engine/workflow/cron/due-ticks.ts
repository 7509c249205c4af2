// Which ticks run, of those that are due: one, where all is well; after an outage there may be many.
import { unreachable } from "../../core/errors.ts";
import { lastTick, type Schedule } from "./schedule.ts";

/** What becomes of ticks that nobody was there for. */
export type MissedTicks = "latest" | "all" | "none";
export const MISSED_TICKS: readonly string[] = ["latest", "all", "none"] satisfies readonly MissedTicks[];

/** A tick that waits to be decided, and how long after it its run starts. */
export interface PendingTick {
  readonly tick: number;
  readonly delayMs: number;
}

export interface DueTicks {
  readonly run: readonly number[];
  /** Null where the schedule has no tick any more. */
  readonly next: PendingTick | null;
}

export interface DueTicksOptions {
  readonly schedule: Schedule;
  /** Due at `now`. */
  readonly pending: PendingTick;
  readonly delayOf: (tick: number) => number;
  readonly missed: MissedTicks;
  readonly now: number;
  /** So many at once, at the most; the others as many a second as if they were MAX_TICKS. */
  readonly atOnce?: number;
}

/** So many runs in one decision (R16), and a rest that is due already waits for a second: an outage's ticks do not all start at once. */
export const MAX_TICKS = 1_000;
const PAUSE_MS = 1_000;
const STILL_FRESH_MS = 60_000;

export function dueTicks(options: DueTicksOptions): DueTicks {
  const { missed, now } = options;
  switch (missed) {
    case "all":
      return everyTick(options);
    case "latest": {
      const { tick } = latestTick(options);
      return { run: [tick], next: after(options, tick) };
    }
    case "none": {
      const { tick, delayMs } = latestTick(options);
      return { run: now - (tick + delayMs) < STILL_FRESH_MS ? [tick] : [], next: after(options, tick) };
    }
    default:
      return unreachable(missed);
  }
}

function everyTick({ schedule, pending, delayOf, now, atOnce = MAX_TICKS }: DueTicksOptions): DueTicks {
  const run = [pending.tick];
  for (;;) {
    const tick = schedule.next(run.at(-1) ?? pending.tick);
    if (tick === null) return { run, next: null };
    const delayMs = delayOf(tick);
    if (tick + delayMs > now) return { run, next: { tick, delayMs } };
    if (run.length >= atOnce) return { run, next: { tick, delayMs: now + Math.ceil((PAUSE_MS * atOnce) / MAX_TICKS) - tick } };
    run.push(tick);
  }
}

/** The last one that is due, with its delay. Delays are no longer than the time between ticks, so those before it are due, too. */
function latestTick({ schedule, pending, delayOf, now }: DueTicksOptions): PendingTick {
  let tick = lastTick(schedule, pending.tick, now);
  while (tick > pending.tick) {
    const delayMs = delayOf(tick);
    if (tick + delayMs <= now) return { tick, delayMs };
    tick = lastTick(schedule, pending.tick, tick - 1);
  }
  return pending;
}

function after({ schedule, delayOf }: DueTicksOptions, tick: number): PendingTick | null {
  const next = schedule.next(tick);
  return next === null ? null : { tick: next, delayMs: delayOf(next) };
}
