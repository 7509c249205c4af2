// What becomes of runs that are repeated, from the dry run to their end.
import { describe, expect, test } from "vitest";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { past, type Code } from "./past-app.ts";
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
      return { gross, paid: paid?.data ?? null };
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
