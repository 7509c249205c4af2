// What becomes of runs that are repeated, from the dry run to their end.
import { describe, expect, test } from "vitest";
import { avro } from "../../../engine/sdk/index.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { past, TOPICS, type Code } from "./past-app.ts";
import { apply, chosenOf, executed, repair, sentIn } from "./repaired.ts";

/** Ids of steps whose code is called. */
function noting(calls: string[], code: (run: (id: string, body?: () => unknown, isPure?: boolean) => Promise<unknown>) => Code): Code {
  return (context) =>
    code((id, body = () => id, isPure = false) =>
      context.step.run({ id, pure: isPure }, () => {
        calls.push(id);
        return body();
      }),
    )(context);
}

describe("a wait that is not taken over", () => {
  const shop = (price: number, calls: string[] = []): Code =>
    noting(calls, (run) => async ({ step }) => {
      await run("reserve");
      const gross = await run("price", () => price, true);
      const paid = await step.waitForEvent("paid", { event: "paid", timeout: "1 hour" });
      return { gross, paid: (paid?.data ?? null) as unknown };
    });

  test("is answered by the event that had answered the original, which came before the re-run", async () => {
    await using before = await past(shop(1), { meanwhile: (app) => app.send({ name: "paid", data: { by: "ann" } }) });
    const { records, report } = await repair(before, shop(2));
    expect(report.runs.map(({ step }) => step)).toEqual(["price#0"]);
    expect(records.filter(({ type }) => type === "RunCompleted")).toMatchObject([{ output: '{"gross":2,"paid":{"by":"ann"}}' }]);
  });
});

describe("a run that had failed", () => {
  test("tries the step again by which it had, and what its code did about the failure is not taken over", async () => {
    let isBroken = true;
    const calls: string[] = [];
    const saga = (answer: string): Code =>
      noting(calls, (run) => async ({ step }) => {
        await run("reserve");
        const other = step.run("beside", () => "beside");
        try {
          await run("charge", () => {
            if (isBroken) throw new Error("declined");
            return "charged";
          });
        } catch (error) {
          await run("release");
          if (answer === "throw") throw error;
        }
        await other;
        return answer;
      });
    await using before = await past(saga("throw"));
    isBroken = false;
    calls.length = 0;
    const { records, report } = await repair(before, saga("caught"));
    expect(report.counts["goes-on"]).toBe(1);
    expect(records.map(({ type }) => type)).not.toContain("RunParked");
    expect(calls).toEqual(["charge"]);
  });
});

describe("events", () => {
  const teller =
    (...said: readonly { readonly data: unknown; readonly id?: string }[]): Code =>
    async ({ step }) => {
      await step.run({ id: "count", pure: true }, () => said);
      await step.sendEvent(
        "tell",
        said.map((event) => ({ name: "told", ...event })),
      );
    };

  test("that the original had sent are not sent again where others come before them", async () => {
    await using before = await past(teller({ data: { n: 1 } }, { data: { n: 2 } }));
    const { records } = await repair(before, teller({ data: { n: 0 } }, { data: { n: 1 } }, { data: { n: 2 } }));
    expect(sentIn(records)).toMatchObject([{ data: '{"n":0}', corrects: null }]);
  });

  test("of a step that has another id now are not sent again, nor those of a step that is asked for after it in the old one's place", async () => {
    const told =
      (first: string, second: string, from: number): Code =>
      async ({ step }) => {
        await step.run({ id: "count", pure: true }, () => from);
        await step.sendEvent(first, { name: "told", data: "a" });
        await step.sendEvent(second, [
          { name: "told", data: "a" },
          { name: "told", data: "b" },
        ]);
      };
    await using before = await past(told("one", "two", 1));
    expect(sentIn((await repair(before, told("uno", "due", 2))).records)).toEqual([]);
    // By another operation, after the steps were called otherwise once more: what was said is known from the first on.
    expect(sentIn((await repair(before, told("eins", "two", 3), { operation: "op2" })).records)).toEqual([]);
  });

  test("correct the one of the same name and key where others are gone", async () => {
    const lines =
      (...keys: readonly (readonly [key: string, sum: number])[]): Code =>
      async ({ step }) => {
        await step.run({ id: "count", pure: true }, () => keys);
        await step.sendEvent(
          "tell",
          keys.map(([key, sum]) => ({ name: "told", key, data: sum })),
        );
      };
    await using before = await past(lines(["a", 1], ["b", 2], ["c", 3]));
    const { records } = await repair(before, lines(["b", 20], ["c", 3]));
    expect(sentIn(records)).toMatchObject([{ data: "20", corrects: expect.stringContaining("/tell#0/1") as string }]);
  });

  test("whose data says the same in another order of its names are the same", async () => {
    await using before = await past(teller({ data: { n: 1, m: 2 } }));
    const { records } = await repair(before, teller({ data: { m: 2, n: 1 } }, { data: 3 }));
    expect(sentIn(records)).toMatchObject([{ data: "3", corrects: null }]);
  });

  test("with ids of their own are corrected more than once: none passes for a copy of one of before", async () => {
    await using before = await past(teller({ data: 1, id: "mine" }));
    const first = sentIn((await repair(before, teller({ data: 2, id: "mine" }))).records);
    const second = sentIn((await repair(before, teller({ data: 3, id: "mine" }), { operation: "op2" })).records);
    expect(first).toMatchObject([{ data: "2", corrects: "mine" }]);
    expect(second).toMatchObject([{ data: "3", corrects: first[0]?.id }]);
    expect(new Set(["mine", first[0]?.id, second[0]?.id]).size).toBe(3);
  });

  test("that were kept back are not corrected later, since nobody has heard them", async () => {
    await using before = await past(teller({ data: 1 }));
    expect(sentIn((await repair(before, teller({ data: 2 }, { data: 3 }), { emit: "none" })).records)).toEqual([]);
    const { records } = await repair(before, teller({ data: 2 }, { data: 4 }), { operation: "op2" });
    expect(sentIn(records)).toMatchObject([
      { data: "2", corrects: expect.stringContaining("/tell#0/0") as string },
      { data: "4", corrects: null },
    ]);
  });
});

describe("a run that is not over", () => {
  const waiting =
    (price: number): Code =>
    async ({ step }) => {
      await step.run("reserve", () => "reserved");
      const gross = await step.run({ id: "price", pure: true }, () => price);
      await step.waitForEvent("paid", { event: "paid", timeout: "1 day" });
      await step.sendEvent("tell", { name: "told", data: gross });
      return gross;
    };
  const whileItWaits = { until: { count: 1, like: ({ type }: JournalRecord) => type === "WaitStarted" } };

  test("keeps all from being repeated, is left out, or is cancelled by the decision that repeats it", async () => {
    await using before = await past(waiting(1), whileItWaits);
    const chosen = chosenOf(await before.dryRun(waiting(2)));
    expect(await apply(before, { chosen })).toMatchObject({ isRefused: true, told: new Map(), running: [...chosen.keys()] });
    expect(await apply(before, { chosen, whileRunning: "skip" })).toMatchObject({ isRefused: false, told: new Map() });
    const applied = await apply(before, { chosen, whileRunning: "cancel" });
    expect(applied.told.size).toBe(1);
    const records = await executed(before, waiting(2), applied, { meanwhile: (app) => app.send({ name: "paid", data: null }) });
    const [original, again] = [...applied.told][0] ?? [];
    expect(records.filter(({ type }) => type === "RunCancelled" || type === "RunCompleted")).toMatchObject([
      { run: original, reason: "repeated by operation op" },
      { run: again, output: "2" },
    ]);
    expect(sentIn(records).at(-1)).toMatchObject({ data: "2", corrects: null });
  });
});

test("a run that was cancelled is left out, and told: it is repeated where that is asked for", async () => {
  const calls: string[] = [];
  const waiting = (price: number): Code =>
    noting(calls, (run) => async ({ step }) => {
      await run("price", () => price, true);
      await step.sleep("nap", calls.length === 1 ? "1 day" : 1);
      return price;
    });
  const cancelled = { until: { count: 1, like: ({ type }: JournalRecord) => type === "RunCancelled" } };
  await using before = await past(waiting(1), {
    ...cancelled,
    function: { cancelOn: [{ event: "stop" }] },
    meanwhile: (app) => app.send({ name: "stop", data: null, key: "k0" }),
  });
  const report = await before.dryRun(waiting(2));
  const chosen = chosenOf(report);
  expect(report.runs).toMatchObject([{ ended: "cancelled", verdict: "different-result" }]);
  expect(await apply(before, { chosen })).toMatchObject({ told: new Map(), cancelled: [...chosen.keys()], unknown: [] });
  const applied = await apply(before, { chosen, whereCancelled: "repeat" });
  const records = await executed(before, waiting(2), applied);
  expect(records.filter(({ type }) => type === "RunCompleted")).toMatchObject([{ run: [...applied.told.values()][0], output: "2" }]);
});

describe("a function that asks whether it is a re-run", () => {
  test("before what could be taken over is not parked for it: nothing behind is taken over then", async () => {
    const calls: string[] = [];
    const noted = (price: number): Code =>
      noting(calls, (run) => async ({ rerunOf }) => {
        const before = rerunOf === null ? null : await run("note");
        await run("reserve");
        return [before, await run("price", () => price, true)];
      });
    await using before = await past(noted(1));
    calls.length = 0;
    const { records } = await repair(before, noted(2));
    expect(records.filter(({ type }) => type === "RunParked" || type === "RunCompleted")).toMatchObject([{ output: '["note",2]' }]);
    expect(calls.filter((id) => id !== "price")).toEqual(["note", "reserve"]);
  });

  test("behind what changed has all before it taken over", async () => {
    const calls: string[] = [];
    const noted = (price: number): Code =>
      noting(calls, (run) => async ({ rerunOf }) => {
        await run("reserve");
        const gross = await run("price", () => price, true);
        return [gross, rerunOf === null ? null : await run("note")];
      });
    await using before = await past(noted(1));
    calls.length = 0;
    const { records } = await repair(before, noted(2));
    expect(records.filter(({ type }) => type === "RunCompleted")).toMatchObject([{ output: '[2,"note"]' }]);
    expect(calls.filter((id) => id !== "price")).toEqual(["note"]);
    // The newest is a re-run, and is the same as one.
    expect((await before.dryRun(noted(2))).counts.same).toBe(1);
  });
});

describe("signals", () => {
  test("that the original took are its own: a re-run waits for one of its own", async () => {
    const asking =
      (price: number): Code =>
      async ({ step }) => {
        await step.run({ id: "price", pure: true }, () => price);
        const answer = await step.waitForSignal<string>("ask", { signal: "ok", timeout: "1 day" });
        return answer?.data ?? null;
      };
    await using before = await past(asking(1), { meanwhile: (app) => app.signal("ok", "first") });
    const { records } = await repair(before, asking(2), {}, { meanwhile: (app) => app.signal("ok", "second") });
    expect(records.filter(({ type }) => type === "RunCompleted")).toMatchObject([{ output: '"second"' }]);
  });
});

describe("operations", () => {
  test("one after the other look at what the one before made of a run, and each repeats it once", async () => {
    const priced =
      (price: number): Code =>
      async ({ step }) =>
        await step.run({ id: "price", pure: true }, () => price);
    await using before = await past(priced(1), { data: [1, 2] });
    const first = await repair(before, priced(2), { operation: "one" });
    const report = await before.dryRun(priced(3));
    expect(report.runs.map(({ run, original }) => [original, run])).toEqual([...first.applied.told]);
    // A report from before names runs that are not the newest any more.
    expect(await apply(before, { chosen: chosenOf(first.report), operation: "late" })).toMatchObject({
      told: new Map(),
      unknown: [...first.applied.told.keys()],
    });
    const second = await repair(before, priced(3), { operation: "two" });
    expect([...second.applied.told.keys()]).toEqual([...first.applied.told.keys()]);
    expect(await apply(before, { chosen: chosenOf(second.report), operation: "two" })).toMatchObject({ told: new Map(), unknown: [] });
    expect((await before.dryRun(priced(3))).counts.same).toBe(2);
  });

  test("that are given again name what they had begun and is not over, so that it can be waited for", async () => {
    await using before = await past(async ({ step }) => await step.run("a", () => 1));
    const patient: Code = async ({ step }) => await step.waitForEvent("paid", { event: "paid", timeout: "1 day" });
    const first = await apply(before, { operation: "one" });
    await executed(before, patient, first, { until: (records) => records.some(({ type }) => type === "WaitStarted") });
    const again = await apply(before, { operation: "one" });
    // Also where a new dry run, which looks at the re-runs, chooses nothing any more.
    expect(await apply(before, { operation: "one", chosen: new Map() })).toEqual(again);
    expect(again).toMatchObject({ told: new Map(), before: [...first.told.keys()], underWay: [...first.told.values()] });
    await executed(before, patient, first, { meanwhile: (app) => app.send({ name: "paid", data: null }) });
    expect(await apply(before, { operation: "one" })).toMatchObject({ before: [...first.told.keys()], underWay: [] });
  });

  test("with --all repeat from the start, whether a run would be another or not", async () => {
    const calls: string[] = [];
    const code: Code = noting(calls, (run) => async () => await run("a"));
    await using before = await past(code, { data: [1, 2] });
    calls.length = 0;
    await executed(before, code, await apply(before, { chosen: null, operation: "all" }));
    expect(calls).toEqual(["a", "a"]);
    expect(await apply(before, { chosen: null, operation: "all" })).toMatchObject({ told: new Map() });
  });

  test("leave a run as it is whose results are too large to be taken over, and name it", async () => {
    const heavy =
      (price: number): Code =>
      async ({ step }) => {
        for (let n = 0; n < 3; n++) await step.run("load", () => "x".repeat(900_000));
        await step.run({ id: "price", pure: true }, () => price);
      };
    await using before = await past(heavy(1));
    const chosen = chosenOf(await before.dryRun(heavy(2)));
    expect(await apply(before, { chosen })).toMatchObject({ told: new Map(), tooLarge: [...chosen.keys()], unknown: [] });
  });

  test("begin also where the function is paused: whoever asks for them wants them", async () => {
    const priced =
      (price: number): Code =>
      async ({ step }) =>
        await step.run({ id: "price", pure: true }, () => price);
    await using before = await past(priced(1), { meanwhile: (app) => app.pause("f") });
    const { records } = await repair(before, priced(2));
    expect(records.filter(({ type }) => type === "RunCompleted")).toMatchObject([{ output: "2" }]);
  });

  test("say what the journal has lost, and repeat what is whole (R11)", async () => {
    const code: Code = async ({ step }) => await step.run("a", () => 1);
    await using before = await past(code, { data: [1] });
    const end = await before.log.latestOffset({ topic: TOPICS.journal, partition: 0 });
    await before.log.trim({ topic: TOPICS.journal, partition: 0 }, end);
    expect(await apply(before, { chosen: null })).toMatchObject({ told: new Map(), missing: [{ partition: 0, offset: end, time: null }] });
  });
});

test("events that are written by a schema are compared by what was written", async () => {
  const schema = avro({ type: "record", name: "Told", event: "told", fields: [{ name: "n", type: "int" }] });
  const teller =
    (...numbers: readonly number[]): Code =>
    async ({ step }) => {
      await step.run({ id: "count", pure: true }, () => numbers);
      await step.sendEvent(
        "tell",
        numbers.map((n) => ({ name: "told", data: { n } })),
      );
    };
  const events = { told: schema };
  await using before = await past(teller(1, 2), { events });
  const { records } = await repair(before, teller(2, 3), {}, { events });
  expect(sentIn(records).map(({ corrects }) => corrects)).toEqual([expect.stringContaining("/tell#0/0")]);
});
