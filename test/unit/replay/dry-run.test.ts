import { describe, expect, test } from "vitest";
import { stepKey } from "../../../engine/core/ids.ts";
import type { Code } from "./past-app.ts";
import { past } from "./past-app.ts";

const chain: Code = async ({ step }) => {
  const a = await step.run("a", () => 1);
  const b = await step.run("b", () => 2);
  return a + b;
};

describe("a dry run calls today's code with recorded results", () => {
  test("the same code is the same, and nothing of it is executed (R2)", async () => {
    let executed = 0;
    const code: Code = async ({ step }) => {
      const a = await step.run("a", () => ++executed);
      await step.sendEvent("tell", { name: "told", data: { a } });
      const child = await step.invoke("child", { function: "g", data: { a } });
      await step.sleep("nap", 1);
      return [a, child];
    };
    await using app = await past(code, { others: { g: ({ event }) => event.data }, until: { count: 2, like: isCompleted } });
    expect(executed).toBe(1);
    const before = await app.log.latestOffset({ topic: "app.journal", partition: 0 });
    expect(await app.dryRun(code)).toMatchObject({ total: 1, counts: { same: 1 }, runs: [], missing: [] });
    expect(executed).toBe(1);
    expect(await app.log.latestOffset({ topic: "app.journal", partition: 0 })).toBe(before);
    expect(await app.log.latestOffset({ topic: "app.events", partition: 0 })).toBe(2);
  });

  test("what would be returned otherwise is shown with both values", async () => {
    await using app = await past(chain);
    const now: Code = async ({ step }) => [await step.run("a", () => 0), await step.run("b", () => 0)];
    expect(await app.difference(now)).toBe("different-output 3 [1,2]");
  });

  test("objects are the same whatever the order of their names", async () => {
    await using app = await past(() => ({ a: 1, b: [{ c: 1, d: 2 }] }));
    expect(await app.difference(() => ({ b: [{ d: 2, c: 1 }], a: 1 }))).toBe("same");
    expect(await app.difference(() => ({ b: [{ d: 2 }], a: 1 }))).toMatch(/^different-output/);
  });

  test("a step that is new would run, and the run is not guessed further", async () => {
    await using app = await past(chain);
    const now: Code = async ({ step }) => {
      const a = await step.run("a", () => 0);
      await step.run("check", () => 0);
      return a + (await step.run("b", () => 0));
    };
    expect(await app.difference(now)).toBe("would-run check#0");
  });

  test("a step of another name would run in the other's place", async () => {
    await using app = await past(chain);
    const now: Code = async ({ step }) => (await step.run("a", () => 0)) + (await step.run("c", () => 0));
    expect(await app.difference(now)).toBe("would-run c#0");
  });

  test("a step that is not asked for any more would be skipped, and what follows goes on without it", async () => {
    await using app = await past(chain);
    const { runs } = await app.dryRun(({ step }) => step.run("b", () => 0));
    expect(runs).toMatchObject([
      { verdict: "would-skip", step: "a#0", later: [{ verdict: "different-output", was: "3", is: "2" }], ended: "completed" },
    ]);
    expect(await app.difference(({ step }) => step.run("a", () => 0).then((a) => a + 2))).toBe("would-skip b#0");
  });

  test("steps that are asked for in another order are told where the order changes", async () => {
    await using app = await past(chain);
    const now: Code = async ({ step }) => (await step.run("b", () => 0)) + (await step.run("a", () => 0));
    expect(await app.difference(now)).toBe("other-input a#0");
  });

  test("a step of another kind is told, and its record is not for it", async () => {
    await using app = await past(chain);
    const { runs } = await app.dryRun(async ({ step }) => {
      await step.run("a", () => 0);
      await step.sleep("b", "1h");
    });
    expect(runs).toMatchObject([{ verdict: "other-input", step: "b#0", detail: expect.stringContaining("asks for a sleep") as string }]);
  });

  test("code that takes time of its own between its steps is waited for", async () => {
    await using app = await past(chain);
    const now: Code = async (context) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return chain(context);
    };
    expect(await app.difference(now)).toBe("same");
  });

  test("branches meet as they did: a race is won by who won it", async () => {
    const race: Code = async ({ step }) => {
      const { winner } = await step.race({
        slow: (branch) => branch.sleep("long", "1h"),
        fast: (branch) => branch.run("quick", () => 1),
      });
      return [winner, await step.run("after", () => winner)];
    };
    await using app = await past(race);
    expect(await app.difference(race)).toBe("same");
  });

  test("a function that never gets on has a time limit, and is told of", async () => {
    await using app = await past(chain);
    const { runs, counts } = await app.dryRun(
      async ({ step }) => {
        await step.run("a", () => 0);
        await new Promise(() => {});
      },
      { limitMs: 100 },
    );
    expect(counts["not-settled"]).toBe(1);
    expect(runs).toMatchObject([{ verdict: "not-settled", step: "b#0", detail: expect.stringContaining('behind step "a#0"') as string }]);
  });
});

describe("inputs of steps are compared", () => {
  const sending =
    (data: object, more: object = {}): Code =>
    async ({ step }) =>
      void (await step.sendEvent("tell", { name: "told", data, ...more }));

  test("events that are sent: data, key, name and number", async () => {
    await using app = await past(sending({ n: 1, m: 2 }, { key: "k" }));
    expect(await app.difference(sending({ m: 2, n: 1 }, { key: "k" }))).toBe("same");
    expect(await app.difference(sending({ n: 2, m: 2 }, { key: "k" }))).toBe(
      'other-input tell#0 [{"name":"told","key":"k","data":{"n":1,"m":2}}] [{"name":"told","key":"k","data":{"n":2,"m":2}}]',
    );
    expect(await app.difference(sending({ n: 1, m: 2 }))).toMatch(/^other-input tell#0/);
    const twice: Code = async ({ step }) =>
      void (await step.sendEvent("tell", [
        { name: "told", data: { n: 1, m: 2 }, key: "k" },
        { name: "told", data: { n: 1, m: 2 }, key: "k" },
      ]));
    const { runs } = await app.dryRun(twice);
    expect(runs[0]?.detail).toBe('step "tell#0" sends 2 events, and had sent 1');
  });

  test.each([
    [1, "in the partition of the parent"],
    [3, "anywhere"],
  ])("children that are invoked: function and data, of %d partitions", async (partitions) => {
    const invoking =
      (data: unknown, functionId = "g"): Code =>
      ({ step }) =>
        step.invoke("child", { function: functionId, data });
    await using app = await past(invoking({ n: 1 }), {
      partitions,
      others: { g: () => 7, h: () => 8 },
      until: { count: 2, like: isCompleted },
    });
    expect(await app.difference(invoking({ n: 1 }))).toBe("same");
    expect(await app.difference(invoking({ n: 2 }))).toBe('other-input child#0 {"n":1} {"n":2}');
    expect(await app.difference(invoking({ n: 1 }, "h"))).toBe('other-input child#0 "g" "h"');
  });

  test("sleeps: how long, and until when", async () => {
    const until =
      (time: string): Code =>
      async ({ step }) =>
        step.sleepUntil("nap", time);
    const still = { until: { count: 1, like: (record: { type: string }) => record.type === "SleepStarted" } };
    await using app = await past(({ step }) => step.sleep("nap", "1 day"), still);
    expect(await app.difference(({ step }) => step.sleep("nap", "1 day"))).toBe("same");
    expect(await app.difference(({ step }) => step.sleep("nap", "2 days"))).toMatch(/^other-input nap#0/);
    expect(await app.difference(({ step }) => step.sleep("nap", "1 h"))).toMatch(/^other-input nap#0/);
    await using dated = await past(until("2099-01-01T00:00Z"), still);
    expect(await dated.difference(until("2099-01-01T00:00Z"))).toBe("same");
    expect(await dated.difference(until("2099-01-02T00:00Z"))).toBe(
      'other-input nap#0 {"until":"2099-01-01T00:00:00.000Z"} {"until":"2099-01-02T00:00:00.000Z"}',
    );
  });

  test("waits: the event, what is compared, and the time-out", async () => {
    const waiting =
      (event: string, match: string, timeout = "1 day"): Code =>
      ({ step }) =>
        step.waitForEvent("reply", { event, match, timeout });
    await using app = await past(waiting("replied", "data.id"), {
      data: [{ id: 1, other: 2 }],
      until: { count: 1, like: (record) => record.type === "WaitStarted" },
    });
    expect(await app.difference(waiting("replied", "data.id"))).toBe("same");
    expect(await app.difference(waiting("answered", "data.id"))).toMatch(/^other-input reply#0 {"event":"replied"} {"event":"answered"}/);
    expect(await app.difference(waiting("replied", "data.other"))).toMatch(/^other-input reply#0/);
    expect(await app.difference(waiting("replied", "data.id", "2 days"))).toMatch(/^other-input reply#0/);
  });
});

describe("steps that are pure are computed again", () => {
  const billing =
    (rate: number, options: { readonly pure?: boolean } = { pure: true }): Code =>
    async ({ step, event }) => {
      const net = await step.run("load", () => event.data as number);
      const vat = await step.run({ id: "vat", ...options }, () => net * rate);
      await step.sendEvent("tell", { name: "billed", data: { total: net + vat } });
      return net + vat;
    };

  test("another result is the run's place, and flows on to what follows", async () => {
    await using app = await past(billing(0.5), { data: [100] });
    expect(await app.difference(billing(0.5))).toBe("same");
    const { runs } = await app.dryRun(billing(0.25));
    expect(runs).toMatchObject([
      {
        verdict: "different-result",
        step: stepKey("vat", 0),
        was: "50",
        is: "25",
        later: [
          { verdict: "other-input", step: "tell#0" },
          { verdict: "different-output", step: null, was: "150", is: "125" },
        ],
      },
    ]);
  });

  test("others are not, but for those that are named", async () => {
    await using app = await past(billing(0.5, {}), { data: [100] });
    expect(await app.difference(billing(0.25, {}))).toBe("same");
    expect(await app.difference(billing(0.25, {}), { recompute: ["vat"] })).toBe("different-result vat#0 50 25");
  });

  test("one that takes its time is waited for, and one that is new is computed", async () => {
    await using app = await past(billing(0.5), { data: [100] });
    const now: Code = async ({ step, event }) => {
      const net = await step.run("load", () => event.data as number);
      const rate = await step.run({ id: "rate", pure: true }, () => new Promise<number>((done) => setTimeout(done, 60, 0.5)));
      const vat = await step.run({ id: "vat", pure: true }, () => new Promise<number>((done) => setTimeout(done, 60, net * rate)));
      await step.sendEvent("tell", { name: "billed", data: { total: net + vat } });
      return net + vat;
    };
    const { runs } = await app.dryRun(now);
    expect(runs).toMatchObject([{ verdict: "would-run", step: "rate#0", later: [] }]);
  });

  test("one that fails now throws what it throws into the function", async () => {
    await using app = await past(billing(0.5), { data: [100] });
    const { runs } = await app.dryRun(async ({ step }) => {
      await step.run("load", () => 0);
      await step.run({ id: "vat", pure: true }, () => Promise.reject(new Error("no rate")));
    });
    expect(runs).toMatchObject([
      {
        verdict: "different-result",
        step: "vat#0",
        detail: 'step "vat#0" fails now',
        is: '"Error: no rate"',
        later: [{ verdict: "fails-differently", step: "tell#0", was: "150" }],
      },
    ]);
  });

  test("steps within them are refused as they always are", async () => {
    await using app = await past(billing(0.5), { data: [100] });
    const { runs } = await app.dryRun(async ({ step }) => {
      await step.run("load", () => 0);
      await step.run({ id: "vat", pure: true }, () => step.run("inner", () => 1));
    });
    expect(runs[0]?.is).toContain("ConfigurationError");
  });
});

describe("how runs end is compared", () => {
  test("one that fails where it had not, and one that fails with another error", async () => {
    await using completed = await past(chain);
    expect(
      await completed.difference(async ({ step }) => {
        await step.run("a", () => 0);
        throw new Error("no");
      }),
    ).toBe('fails-differently b#0 3 "Error: no"');
    const failing =
      (message: string): Code =>
      () => {
        throw new Error(message);
      };
    await using failed = await past(failing("one"));
    expect(await failed.difference(failing("one"))).toBe("same");
    expect(await failed.difference(failing("two"))).toBe('fails-differently "Error: one" "Error: two"');
  });

  test("one that had failed and would go on, to its end or to a step", async () => {
    await using app = await past(async ({ step }) => {
      await step.run("a", () => 1);
      throw new Error("overseen");
    });
    expect(await app.difference(({ step }) => step.run("a", () => 0))).toBe('goes-on "Error: overseen" 1');
    const { runs } = await app.dryRun(chain);
    expect(runs).toMatchObject([{ verdict: "goes-on", step: "b#0", ended: "failed", detail: "had failed, and would go on" }]);
  });

  test("a step's failure is recorded as well, and what the function does with it is compared", async () => {
    const failing: Code = ({ step }) => step.run("a", () => Promise.reject(new Error("down")));
    await using app = await past(failing);
    expect(await app.difference(failing)).toBe("same");
    expect(await app.difference((context) => Promise.resolve(failing(context)).catch(() => "so be it"))).toMatch(
      /^goes-on .*down.* "so be it"$/,
    );
  });

  test("a function that was called again, since it threw, is called as it was last", async () => {
    const code: Code = async ({ step, attempt }) => {
      await step.run("a", () => 1);
      if (attempt === 0) throw new Error("once");
      return attempt;
    };
    await using app = await past(code, { retries: 1 });
    expect(await app.difference(code)).toBe("same");
  });

  test("a run that is not over is the same where the code waits where it waits", async () => {
    const napping: Code = async ({ step }) => {
      await step.run("a", () => 1);
      await step.sleep("nap", "1 day");
      await step.run("b", () => 2);
    };
    await using app = await past(napping, { until: { count: 1, like: ({ type }) => type === "SleepStarted" } });
    expect(await app.difference(napping)).toBe("same");
    expect(await app.dryRun(chain)).toMatchObject({ runs: [{ verdict: "would-run", step: "b#0", ended: "running" }] });
    expect(await app.difference(({ step }) => step.run("a", () => 0))).toBe("would-skip nap#0");
  });

  test("a cancelled run may have been about to begin a step, and is the same then", async () => {
    const hanging: Code = async ({ step, runId }) => {
      begun.resolve(runId);
      await step.run("a", () => new Promise(() => {}));
    };
    const begun = Promise.withResolvers<string>();
    await using app = await past(hanging, { meanwhile: async (live) => live.cancel(await begun.promise) });
    expect(await app.dryRun(hanging)).toMatchObject({ total: 1, runs: [] });
  });
});

function isCompleted({ type }: { readonly type: string }): boolean {
  return type === "RunCompleted";
}
