// What people tell a function stands in the inbox of every partition, since its runs may be anywhere.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pino } from "pino";
import { decodeMessage, decodeParcel } from "../../../engine/journal/inbox.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

let clock: FakeClock;
let log: SimulatedLog;
let app: Millrace;

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  app = declared();
});

afterEach(async () => {
  await app.stop();
  await log.close();
});

function bare(): Millrace {
  return new Millrace({ id: "app", partitions: 3, logger: pino({ level: "silent" }) }, { log, clock });
}

function declared(): Millrace {
  const shop = bare();
  const triggers = [{ event: "go" }];
  shop.createFunction({ id: "sync", triggers, concurrency: [{ limit: 5 }, { limit: 2, key: "event.key" }] }, () => null);
  shop.createFunction({ id: "mail", triggers, throttle: { limit: 10, period: "1s" } }, () => null);
  shop.createFunction({ id: "crm", triggers, concurrency: [{ limit: 5, key: '"crm"', scope: "app" }, { limit: 1 }] }, () => null);
  shop.createFunction({ id: "free", triggers }, () => null);
  return shop;
}

/** By partition. */
async function told(): Promise<readonly unknown[]> {
  return Promise.all(
    [0, 1, 2].map(async (partition) => {
      const records = await log.readAll({ topic: "app.inbox", partition });
      return records.map(({ value }) => {
        const { from, messages } = decodeParcel(value);
        expect(from).toBe(-1);
        return messages.map(({ body }) => decodeMessage(body));
      });
    }),
  );
}

function everywhere(...commands: readonly object[]): readonly unknown[] {
  const each = commands.map((command) => [command]);
  return [each, each, each];
}

test("a pause and its end are told to all partitions, with what becomes of events", async () => {
  await app.pause("sync");
  await app.pause("sync", { events: "skip" });
  await app.resume("sync");
  expect(await told()).toEqual(
    everywhere(
      { type: "PauseFunction", functionId: "sync", events: "keep" },
      { type: "PauseFunction", functionId: "sync", events: "skip" },
      { type: "PauseFunction", functionId: "sync", events: null },
    ),
  );
});

test("limits for a time are told to all partitions, with the time at which they end", async () => {
  await app.override("sync", { concurrency: 1 }, { for: "30m" });
  await app.override("sync", { concurrency: [null, 7] }, { for: 1_000 });
  await app.override("mail", { throttle: { limit: 1, period: "1m" } }, { for: "7d" });
  await app.override("mail", { throttle: { limit: 1, period: "1m", burst: 3 } }, { for: "7d" });
  await app.override("mail", null);
  const now = clock.wallMs();
  const override = (functionId: string, limits: object, ms: number): object => ({
    type: "OverrideFlow",
    functionId,
    limits: JSON.stringify(limits),
    until: now + ms,
  });
  expect(await told()).toEqual(
    everywhere(
      override("sync", { concurrency: [1] }, 1_800_000),
      override("sync", { concurrency: [null, 7] }, 1_000),
      override("mail", { throttle: { limit: 1, periodMs: 60_000 } }, 7 * 86_400_000),
      override("mail", { throttle: { limit: 1, periodMs: 60_000, burst: 3 } }, 7 * 86_400_000),
      { type: "OverrideFlow", functionId: "mail", limits: null, until: 0 },
    ),
  );
});

describe("refused, and told to nobody, is", () => {
  test.each<[string, (shop: Millrace) => Promise<void>, string, string]>([
    ["a pause of a function that there is not", (shop) => shop.pause("snyc"), "UNKNOWN_FUNCTION", "the app has sync, mail, crm, free"],
    ["the end of such a pause", (shop) => shop.resume("snyc"), "UNKNOWN_FUNCTION", 'there is no function "snyc"'],
    ["limits of such a function", (shop) => shop.override("snyc", null), "UNKNOWN_FUNCTION", 'there is no function "snyc"'],
    [
      "a throttle for a function without",
      (shop) => shop.override("sync", { throttle: { limit: 1, period: "1s" } }, { for: "1h" }),
      "INVALID_FUNCTION",
      "declares no throttle",
    ],
    [
      "a limit for a function without",
      (shop) => shop.override("free", { concurrency: 1 }, { for: "1h" }),
      "INVALID_FUNCTION",
      "declares no limit of concurrency",
    ],
    [
      "more limits than there are",
      (shop) => shop.override("mail", { concurrency: [1, 2] }, { for: "1h" }),
      "INVALID_FUNCTION",
      "and it would change 2",
    ],
    [
      "a limit that functions share",
      (shop) => shop.override("crm", { concurrency: 1 }, { for: "1h" }),
      "INVALID_FUNCTION",
      "belongs to several functions",
    ],
    [
      "a limit past its bound",
      (shop) => shop.override("sync", { concurrency: 0 }, { for: "1h" }),
      "INVALID_FUNCTION",
      "from 1 to 100,000, not 0",
    ],
    ["no change", (shop) => shop.override("sync", {}, { for: "1h" }), "INVALID_FUNCTION", "it changes nothing"],
    [
      "limits of nothing",
      (shop) => shop.override("sync", { concurrency: [null, null] }, { for: "1h" }),
      "INVALID_FUNCTION",
      "a list of one or two",
    ],
    [
      "limits for less than a second",
      (shop) => shop.override("sync", { concurrency: 1 }, { for: 10 }),
      "INVALID_DURATION",
      "from 1 second to 7 days",
    ],
    [
      "limits for no time",
      (shop) => shop.override("sync", { concurrency: 1 }, { for: "1 year" }),
      "INVALID_DURATION",
      'it is a duration from 1 second to 7 days, such as "90s" or "1 day", not "1 year"',
    ],
  ])("%s", async (_, act, code, problem) => {
    let appends = 0;
    log.onAppend = () => {
      appends += 1;
      return null;
    };
    await expect(act(app)).rejects.toMatchObject({ code, message: expect.stringContaining(problem) as string });
    expect(appends).toBe(0);
  });

  test.each<[string, (shop: Millrace) => Promise<unknown>, string]>([
    ["a misspelt option", (shop) => shop.pause("sync", { event: "skip" } as never), 'an unknown option "event": did you mean events?'],
    ["an option that is none", (shop) => shop.pause("sync", "skip" as never), 'takes an object with events, not "skip"'],
    // @ts-expect-error -- no such policy
    ["what becomes of events in another way", (shop) => shop.pause("sync", { events: "drop" }), 'it is one of keep, skip, not "drop"'],
    // @ts-expect-error -- it says for how long
    ["limits without a time", (shop) => shop.override("sync", { concurrency: 1 }), 'it says for how long, as in { for: "1h" }'],
    // @ts-expect-error -- a misspelt option
    ["a misspelt limit", (shop) => shop.override("sync", { concurency: 1 }, { for: "1h" }), "did you mean concurrency?"],
    // @ts-expect-error -- a misspelt option
    ["a misspelt time", (shop) => shop.override("sync", { concurrency: 1 }, { fro: "1h" }), "unknown option"],
    // @ts-expect-error -- a text
    ["a limit as a text", (shop) => shop.override("sync", { concurrency: "1" }, { for: "1h" }), 'a list of one or two, not "1"'],
  ])("%s", async (_, act, problem) => {
    await expect(act(app)).rejects.toThrow(problem);
  });
});

test("an app that declares no functions may pause and change any", async () => {
  const sender = bare();
  await sender.pause("elsewhere");
  await sender.override("elsewhere", { concurrency: 3 }, { for: "1m" });
  await sender.stop();
  const [first] = await told();
  expect(first).toHaveLength(2);
});

test("a stopped app tells nobody anything", async () => {
  await app.stop();
  await expect(app.pause("sync")).rejects.toMatchObject({ code: "WRONG_STATE" });
});
