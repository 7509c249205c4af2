// Triggers are checked where they are written: what cannot work never gets into a manifest.
import { describe, expect, test } from "vitest";
import { checkTriggers, type LooseTrigger } from "../../../engine/sdk/check-trigger.ts";
import { ConfigurationError, Millrace } from "../../../engine/sdk/index.ts";

function check(...triggers: readonly LooseTrigger[]): ReturnType<typeof checkTriggers> {
  return checkTriggers(triggers, 'function "f"');
}

test("triggers of both kinds come out as a manifest says them", () => {
  expect(
    check(
      { event: "a" },
      { event: "b/*", if: "event.data.n > 1" },
      { cron: "0 9 * * *" },
      { cron: "TZ=Europe/Warsaw 0 9 * * *", jitter: "5m", missed: "none" },
    ),
  ).toEqual([
    "a",
    { event: "b/*", if: "event.data.n > 1" },
    { cron: "0 9 * * *", missed: "latest" },
    { cron: "TZ=Europe/Warsaw 0 9 * * *", jitterMs: 300_000, missed: "none" },
  ]);
});

describe("refused, by the function's name and what is wrong, is", () => {
  test.each<[string, LooseTrigger[], string]>([
    ["a trigger that names nothing", [{}], "names an event or a cron"],
    ["one that names both", [{ event: "a", cron: "0 9 * * *" }], "one of the two"],
    ["an event without a name", [{ event: "" }], "names an event"],
    ["a wildcard in the middle", [{ event: "a*b" }], "a wildcard can only stand at the end"],
    ["jitter for an event", [{ event: "a", jitter: "1m" }], "jitter and missed are for crons"],
    ["an if for a cron", [{ cron: "0 9 * * *", if: "true" }], "an if is for events"],
    ["a cron that is none", [{ cron: "0 25 * * *" }], "hour 25 is not within 0–23"],
    ["the same cron twice", [{ cron: "0 9 * * *" }, { cron: "0 9 * * *", jitter: 5 }], "stands there twice"],
    ["a policy that is none", [{ cron: "0 9 * * *", missed: "some" }], 'missed is one of latest, all, none, not "some"'],
    [
      "jitter past the next tick",
      [{ cron: "* * * * *", jitter: "61s" }],
      "jitter of 61 s is longer than the 60 s between some of its ticks",
    ],
    ["jitter past a day of 23 hours", [{ cron: "TZ=Europe/Warsaw 0 9 * * *", jitter: "1 day" }], "the 82800 s between"],
  ])("%s", (_, triggers, problem) => {
    expect(() => check(...triggers)).toThrow(expect.objectContaining({ code: "INVALID_FUNCTION" }));
    expect(() => check(...triggers)).toThrow('function "f": ');
    expect(() => check(...triggers)).toThrow(problem);
  });

  test("a condition that cannot work", () => {
    const app = new Millrace({ id: "shop" });
    const create = (condition: string): unknown => app.createFunction({ id: "f", triggers: [{ event: "a", if: condition }] }, () => null);
    expect(() => create("event.data.n >")).toThrow(ConfigurationError);
    expect(() => create("async.data.n == 1")).toThrow(expect.objectContaining({ code: "INVALID_EXPRESSION" }));
  });
});

test("cancelOn does not take signals, which would never match", () => {
  const app = new Millrace({ id: "shop" });
  const create = (): unknown =>
    app.createFunction({ id: "f", triggers: [{ event: "a" }], cancelOn: [{ event: "millrace/signal" }] }, () => null);
  expect(create).toThrow(expect.objectContaining({ code: "INVALID_FUNCTION" }));
  expect(create).toThrow(/function "f".*signals are awaited by step.waitForSignal/);
});

test("jitter as long as the time between ticks is fine", () => {
  expect(check({ cron: "* * * * *", jitter: "1m" })).toEqual([{ cron: "* * * * *", jitterMs: 60_000, missed: "latest" }]);
});
