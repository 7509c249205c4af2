// Which times an expression names, above all where a zone's clocks are set forward or back.
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../../../engine/core/configuration-error.ts";
import { lastTick, parseCron, shortestGapMs } from "../../../../engine/workflow/cron/schedule.ts";

const HOUR = 3_600_000;

function ticks(expression: string, from: string, to: string): readonly string[] {
  const { next } = parseCron(expression, "f");
  const found: string[] = [];
  const end = Date.parse(to);
  for (let tick = next(Date.parse(from)); tick !== null && tick <= end; tick = next(tick)) found.push(new Date(tick).toISOString());
  return found;
}

/** As a clock on the wall there shows it, without the date. */
function wallClock(zone: string, ticks: readonly string[]): readonly string[] {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "short" });
  return ticks.map((tick) => format.format(new Date(tick)));
}

describe("an expression", () => {
  test("without a zone is of UTC, whatever the machine's zone is", () => {
    expect(ticks("30 9 * * *", "2026-01-01T00:00:00Z", "2026-01-02T12:00:00Z")).toEqual([
      "2026-01-01T09:30:00.000Z",
      "2026-01-02T09:30:00.000Z",
    ]);
  });

  test("of six fields has seconds first", () => {
    expect(ticks("*/20 30 9 * * *", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")).toEqual([
      "2026-01-01T09:30:00.000Z",
      "2026-01-01T09:30:20.000Z",
      "2026-01-01T09:30:40.000Z",
    ]);
  });

  test("may be a nickname, in a zone", () => {
    expect(ticks("TZ=America/New_York @daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")).toEqual(["2026-01-01T05:00:00.000Z"]);
  });

  test("names a time after the one asked about, to the millisecond", () => {
    const nine = Date.UTC(2026, 0, 1, 9);
    const { next } = parseCron("0 9 * * *", "f");
    expect([next(nine - 1), next(nine), next(nine + 1)]).toEqual([nine, nine + 24 * HOUR, nine + 24 * HOUR]);
  });
});

describe.each([
  ["Europe/Warsaw", "2026-03-27", "2026-03-31"],
  ["Europe/Warsaw", "2026-10-23", "2026-10-27"],
  ["America/New_York", "2026-03-06", "2026-03-10"],
  ["America/New_York", "2026-10-30", "2026-11-03"],
  ["Australia/Lord_Howe", "2026-04-03", "2026-04-07"],
  ["Australia/Lord_Howe", "2026-10-02", "2026-10-06"],
])("in %s, over the change between %s and %s", (zone, from, to) => {
  const over = (fields: string): readonly string[] => ticks(`TZ=${zone} ${fields}`, `${from}T12:00:00Z`, `${to}T12:00:00Z`);

  test("nine o'clock is once a day, at nine", () => {
    expect(wallClock(zone, over("0 9 * * *"))).toEqual(["09:00", "09:00", "09:00", "09:00"]);
  });

  test("whatever time of the day it is, it comes once a day", () => {
    const date = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" });
    for (let minute = 0; minute < 24 * 60; minute += 15) {
      const found = over(`${minute % 60} ${Math.floor(minute / 60)} * * *`);
      const dates = found.map((tick) => date.format(new Date(tick)));
      expect([minute, dates, dates.length >= 3]).toEqual([minute, [...new Set(dates)], true]);
    }
  });

  test("every quarter of an hour is every quarter of an hour", () => {
    const found = over("*/15 * * * *").map((tick) => Date.parse(tick));
    expect(found.every((tick, index) => index === 0 || tick - (found[index - 1] ?? 0) === HOUR / 4)).toBe(true);
  });
});

describe("a time that is skipped", () => {
  test("comes when the clocks have been set forward", () => {
    expect(ticks("TZ=Europe/Warsaw 30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z")).toEqual(["2026-03-29T01:00:00.000Z"]);
    expect(ticks("TZ=America/New_York 30 2 * * *", "2026-03-07T12:00:00Z", "2026-03-08T12:00:00Z")).toEqual(["2026-03-08T07:00:00.000Z"]);
    expect(ticks("TZ=Australia/Lord_Howe 15 2 * * *", "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z")).toEqual([
      "2026-10-03T15:30:00.000Z",
    ]);
  });

  test("comes once, with others that are skipped with it, and with the one it falls upon", () => {
    expect(ticks("TZ=Europe/Warsaw 0,15,30,45 2,3 * * *", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z")).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-03-29T01:15:00.000Z",
      "2026-03-29T01:30:00.000Z",
      "2026-03-29T01:45:00.000Z",
    ]);
  });

  test("is skipped where the expression goes by every hour or every minute", () => {
    expect(ticks("TZ=Europe/Warsaw */30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z")).toEqual([]);
  });
});

describe("a time that is there twice", () => {
  test("comes the first time", () => {
    expect(ticks("TZ=Europe/Warsaw 30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z")).toEqual(["2026-10-25T00:30:00.000Z"]);
    expect(ticks("TZ=America/New_York 30 1 * * *", "2026-10-31T12:00:00Z", "2026-11-01T12:00:00Z")).toEqual(["2026-11-01T05:30:00.000Z"]);
    expect(ticks("TZ=Australia/Lord_Howe 45 1 * * *", "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z")).toEqual([
      "2026-04-04T14:45:00.000Z",
    ]);
  });

  test("comes once in a list or a range, too", () => {
    expect(ticks("TZ=Europe/Warsaw 0,30 2-3 * * *", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z")).toEqual([
      "2026-10-25T00:00:00.000Z",
      "2026-10-25T00:30:00.000Z",
      "2026-10-25T02:00:00.000Z",
      "2026-10-25T02:30:00.000Z",
    ]);
  });

  test("comes twice where the expression goes by every hour or every minute", () => {
    expect(ticks("TZ=Europe/Warsaw 0 * * * *", "2026-10-24T23:30:00Z", "2026-10-25T03:00:00Z")).toHaveLength(4);
    expect(ticks("TZ=Europe/Warsaw */30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z")).toHaveLength(4);
  });
});

describe("wherever one begins to ask", () => {
  const zones = ["Europe/Warsaw", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "Antarctica/Troll"];
  const fields = ["30 2 * * *", "0 0 * * *", "15 1,14 * * *", "*/30 * * * *", "45 1-3 * * *", "*/20 2 * * *"];
  const spans = [
    ["2026-03-27", "2026-03-30"],
    ["2026-10-23", "2026-10-26"],
    ["2018-11-02", "2018-11-06"],
  ];

  test.each(zones)("the ticks of %s are the same", (zone) => {
    for (const expression of fields) {
      const { next } = parseCron(`TZ=${zone} ${expression}`, "f");
      for (const [from = "", to = ""] of spans) {
        const chain = ticks(`TZ=${zone} ${expression}`, from, to).map((tick) => Date.parse(tick));
        for (let at = Date.parse(from); at < (chain.at(-1) ?? 0); at += 23 * 60_000 + 1) {
          expect([expression, at, next(at)]).toEqual([expression, at, chain.find((tick) => tick > at)]);
        }
      }
    }
  });
});

describe("the last tick up to a time", () => {
  test("is found without a look at those before it: a year of seconds takes no longer than a minute of them (R16)", () => {
    let asked = 0;
    const seconds = parseCron("* * * * * *", "f");
    const counted = { next: (after: number) => (asked++, seconds.next(after)) };
    expect(lastTick(counted, Date.UTC(2025, 0, 1), Date.UTC(2026, 0, 1) + 999)).toBe(Date.UTC(2026, 0, 1));
    expect(asked).toBeLessThan(100);
  });

  test("is the one that a walk finds, over changes of the clocks", () => {
    for (const expression of ["TZ=Europe/Warsaw 30 2 * * *", "TZ=Europe/Warsaw */20 1-3 * * *", "0 0 1 * *"]) {
      const schedule = parseCron(expression, "f");
      const chain = ticks(expression, "2026-03-20T00:00:00Z", "2026-11-02T00:00:00Z").map((tick) => Date.parse(tick));
      const [first = 0] = chain;
      for (let upTo = first; upTo < Date.parse("2026-11-02T00:00:00Z"); upTo += 37 * HOUR + 1) {
        expect(lastTick(schedule, first, upTo)).toBe(chain.findLast((tick) => tick <= upTo));
      }
    }
  });
});

test("the shortest time between ticks is that of the day on which clocks are set forward", () => {
  expect(shortestGapMs(parseCron("TZ=Europe/Warsaw 0 9 * * *", "f"))).toBe(23 * HOUR);
  expect(shortestGapMs(parseCron("*/7 * * * *", "f"))).toBe(4 * 60_000);
});

describe("an expression that cannot work is refused, by what is wrong with it", () => {
  test.each([
    ["61 * * * *", "minute 61 is not within 0–59"],
    ["60 0 9 * * *", "second 60 is not within 0–59"],
    ["0 24 * * *", "hour 24 is not within 0–23"],
    ["0 9 0 * *", "day of the month 0 is not within 1–31"],
    ["0 9 * 1-13 *", "month 13 is not within 1–12"],
    ["0 9 * * 8", "day of the week 8 is not within 0–7"],
    ["0 9 * * MUN", "configuration entry 5 (MUN) contains illegal characters"],
    ["*/0 * * * *", "illegal stepping: 0"],
    ["TZ=Europe/Nowhere 0 9 * * *", "there is no time zone Europe/Nowhere"],
    ["TZ=Europe/Warsaw", "has five fields"],
    ["0 9 * *", "has five fields"],
    ["", "has five fields"],
    ["0 0 9 1 1 * 2030", "has five fields"],
    ["2030-01-01T00:00:00", "has five fields"],
    ["@reboot", "@reboot is none of"],
    ["0 0 30 2 *", "it never fires"],
    ["0 0 31 4,6,9,11 *", "it never fires"],
    [`0${",0".repeat(200)} 9 * * *`, "at most 256 characters"],
  ])("%s", (expression, problem) => {
    const refused = (): unknown => parseCron(expression, 'function "report"');
    expect(refused).toThrow(ConfigurationError);
    expect(refused).toThrow(`function "report": cron ${JSON.stringify(expression)}: `);
    expect(refused).toThrow(problem);
  });

  test("and one of a leap day alone is none of them", () => {
    expect(ticks("0 0 29 2 *", "2026-01-01T00:00:00Z", "2033-01-01T00:00:00Z")).toEqual([
      "2028-02-29T00:00:00.000Z",
      "2032-02-29T00:00:00.000Z",
    ]);
  });
});
