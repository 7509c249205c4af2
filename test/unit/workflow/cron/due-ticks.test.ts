// What becomes of ticks that were missed, and how far a run strays from its tick.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueTicks, MAX_TICKS, type DueTicks, type MissedTicks } from "../../../../engine/workflow/cron/due-ticks.ts";
import { jitterOf } from "../../../../engine/workflow/cron/jitter.ts";
import { parseCron } from "../../../../engine/workflow/cron/schedule.ts";
import { T0 } from "../../../support/fake-clock.ts";

const MINUTE = 60_000;
const EVERY_MINUTE = parseCron("* * * * *", "f");
const START = EVERY_MINUTE.next(T0) ?? 0;

interface Ask {
  readonly delayMs?: number;
  readonly jitterMs?: number;
}

/** Due ticks of a cron of every minute, whose first is at START. */
function due(missed: MissedTicks, now: number, { delayMs = 0, jitterMs = 0 }: Ask = {}): DueTicks {
  const delayOf = (tick: number): number => jitterOf("f", "* * * * *", tick, jitterMs);
  return dueTicks({ schedule: EVERY_MINUTE, pending: { tick: START, delayMs }, delayOf, missed, now });
}

function minutes(...numbers: readonly number[]): readonly number[] {
  return numbers.map((n) => START + n * MINUTE);
}

describe("one tick that is due", () => {
  test.each<MissedTicks>(["latest", "all", "none"])("runs, and the next is the one after it (%s)", (missed) => {
    expect(due(missed, START)).toEqual({ run: [START], next: { tick: START + MINUTE, delayMs: 0 } });
    expect(due(missed, START + MINUTE - 1)).toEqual({ run: [START], next: { tick: START + MINUTE, delayMs: 0 } });
  });
});

describe("after an outage", () => {
  const now = START + 10 * MINUTE + 30_000;
  const next = { tick: START + 11 * MINUTE, delayMs: 0 };

  test("latest runs the last tick alone", () => {
    expect(due("latest", now)).toEqual({ run: minutes(10), next });
  });

  test("all runs each of them, in order", () => {
    expect(due("all", now)).toEqual({ run: minutes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), next });
  });

  test("none runs one that is due for less than a minute, and no other", () => {
    expect(due("none", now)).toEqual({ run: minutes(10), next });
    const hourly = parseCron("0 * * * *", "f");
    const tick = hourly.next(T0) ?? 0;
    const ask = (late: number): DueTicks =>
      dueTicks({ schedule: hourly, pending: { tick, delayMs: 0 }, delayOf: () => 0, missed: "none", now: tick + late });
    expect(ask(MINUTE - 1).run).toEqual([tick]);
    expect(ask(MINUTE)).toEqual({ run: [], next: { tick: tick + 60 * MINUTE, delayMs: 0 } });
  });

  test("all starts a thousand at a time, and the rest a second later: no tick is lost (R16)", () => {
    const late = START + 2_500 * MINUTE;
    const schedule = EVERY_MINUTE;
    const ran: number[] = [];
    let pending = { tick: START, delayMs: 0 };
    const isDue = (at: number): boolean => pending.tick + pending.delayMs <= at;
    for (let at = late; isDue(at); at += 1_000) {
      const found = dueTicks({ schedule, pending, delayOf: () => 0, missed: "all", now: at });
      expect(found.run.length).toBeLessThanOrEqual(MAX_TICKS);
      ran.push(...found.run);
      pending = found.next ?? pending;
    }
    expect(ran).toEqual(Array.from({ length: 2_501 }, (_, n) => START + n * MINUTE));
    expect(pending).toEqual({ tick: late + MINUTE, delayMs: 0 });
  });
});

describe("jitter", () => {
  test("follows from the function, the expression and the tick, and from nothing else (R10)", () => {
    const ask = (functionId: string, cron: string, tick: number): number => jitterOf(functionId, cron, tick, MINUTE);
    expect(ask("f", "* * * * *", START)).toBe(ask("f", "* * * * *", START));
    const others = [ask("g", "* * * * *", START), ask("f", "0 * * * *", START), ask("f", "* * * * *", START + MINUTE)];
    expect(others).not.toContain(ask("f", "* * * * *", START));
  });

  test("spreads runs over all of the time that it may take, and no further", () => {
    const delays = Array.from({ length: 1_000 }, (_, n) => jitterOf(`f${n}`, "* * * * *", START, 10_000));
    expect(delays.every((delay) => Number.isInteger(delay) && delay >= 0 && delay < 10_000)).toBe(true);
    const tenths = Array.from({ length: 10 }, (_, n) => delays.filter((delay) => Math.floor(delay / 1_000) === n).length);
    expect(Math.min(...tenths)).toBeGreaterThan(60);
    expect(jitterOf("f", "* * * * *", START, 0)).toBe(0);
  });

  test("as long as the time between ticks skips none: whoever looks when a tick is due runs it, and each once", () => {
    const missed = fc.constantFrom<MissedTicks>("latest", "all", "none");
    fc.assert(
      fc.property(missed, fc.integer({ min: 1, max: MINUTE }), fc.array(fc.nat(5_000), { maxLength: 30 }), (policy, jitterMs, lates) => {
        const delayOf = (tick: number): number => jitterOf("f", "c", tick, jitterMs);
        let pending = { tick: START, delayMs: delayOf(START) };
        const ran: number[] = [];
        for (const late of lates) {
          // No later than the next is due.
          const following = pending.tick + MINUTE;
          const now = Math.min(pending.tick + pending.delayMs + late, following + delayOf(following) - 1);
          const found = dueTicks({ schedule: EVERY_MINUTE, pending, delayOf, missed: policy, now });
          ran.push(...found.run);
          pending = found.next ?? pending;
        }
        expect(ran).toEqual(lates.map((_, n) => START + n * MINUTE));
      }),
    );
  });

  test("a tick that is not due for its jitter is none that was missed", () => {
    const jitterMs = MINUTE;
    const last = START + 5 * MINUTE;
    const delay = jitterOf("f", "* * * * *", last, jitterMs);
    const found = due("latest", last + delay - 1, { jitterMs });
    expect(found.run).toEqual([last - MINUTE]);
    expect(found.next).toEqual({ tick: last, delayMs: delay });
  });
});
