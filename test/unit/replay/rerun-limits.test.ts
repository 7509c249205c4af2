// Runs that are repeated, and what else the engine does with runs: limits, children, races, handlers of ends, batches.
import { describe, expect, test } from "vitest";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { past, type Code } from "./past-app.ts";
import { apply, chosenOf, executed, repair } from "./repaired.ts";

function outputs(records: readonly JournalRecord[]): readonly (string | null)[] {
  return records.flatMap((record) => (record.type === "RunCompleted" ? [record.output] : []));
}

describe("concurrency", () => {
  test("re-runs wait for slots like other runs, and never more execute than may", async () => {
    let now = 0;
    let most = 0;
    const slow =
      (price: number): Code =>
      async ({ step }) => {
        const gross = await step.run({ id: "price", pure: true }, () => price);
        await step.run("charge", async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
        });
        return gross;
      };
    await using before = await past(slow(1), { data: Array.from({ length: 20 }) });
    most = 0;
    const { records } = await repair(before, slow(2), {}, { function: { concurrency: 2 } });
    expect(outputs(records)).toEqual(Array.from({ length: 20 }, () => "2"));
    expect(most).toBe(2);
    expect(records.filter(({ type }) => type === "SlotsGiven").length).toBeGreaterThan(0);
  });

  test("a limit whose place is in another partition counts for re-runs as well", async () => {
    let now = 0;
    let most = 0;
    const slow =
      (price: number): Code =>
      async ({ step }) => {
        await step.run({ id: "price", pure: true }, () => price);
        await step.run("charge", async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
        });
      };
    await using before = await past(slow(1), { data: Array.from({ length: 20 }), partitions: 3 });
    most = 0;
    const { records } = await repair(before, slow(2), { partitions: 3 }, { partitions: 3, function: { concurrency: 2 } });
    expect(outputs(records)).toHaveLength(20);
    expect(most).toBe(2);
    expect(records.map(({ type }) => type)).toContain("PermitsHeld");
  });

  test("an owner that ends before its re-runs have their slots leaves nothing behind: the next one asks again", async () => {
    const code =
      (price: number): Code =>
      async ({ step }) =>
        await step.run({ id: "price", pure: true }, () => price);
    await using before = await past(code(1), { data: [1, 2, 3] });
    const applied = await apply(before, { chosen: chosenOf(await before.dryRun(code(2))) });
    // The first that executes never ends: the others have no slot while this owner is there.
    const stuck: Code = ({ step }) => step.run({ id: "price", pure: true }, () => new Promise(() => {}));
    const limits = { function: { concurrency: 1 } } as const;
    const asked = await executed(before, stuck, applied, {
      ...limits,
      until: (records) => records.filter(({ type }) => type === "SlotsAsked").length >= 3,
    });
    expect(outputs(asked)).toEqual([]);
    const records = await executed(before, code(2), applied, limits);
    expect(outputs(records)).toEqual(["2", "2", "2"]);
  });
});

describe("children", () => {
  const parent =
    (factor: number): Code =>
    async ({ step }) => {
      const first = await step.invoke("first", { function: "double", data: 1 });
      const price = await step.run({ id: "price", pure: true }, () => factor);
      const second = await step.invoke("second", { function: "double", data: price });
      return [first, second];
    };
  const double: Code = ({ event }) => Number(event.data) * 2;

  test("of steps that are taken over stay as they are, others are invoked anew", async () => {
    await using before = await past(parent(1), { others: { double }, until: { count: 3, like: ({ type }) => type === "RunCompleted" } });
    const { records, applied } = await repair(before, parent(5), {}, { others: { double } });
    expect(applied.told.size).toBe(1);
    expect(outputs(records)).toEqual(["10", "[2,10]"]);
  });

  test("that are repeated themselves tell their parent nothing: it has had its answer", async () => {
    const caller: Code = async ({ step }) => await step.invoke("call", { function: "double", data: 4 });
    const twice =
      (factor: number): Code =>
      async ({ event, step }) =>
        await step.run({ id: "multiply", pure: true }, () => factor * Number(event.data));
    await using before = await past(caller, {
      others: { double: twice(1) },
      until: { count: 2, like: ({ type }) => type === "RunCompleted" },
    });
    const report = await before.dryRun(twice(2), { function: { id: "double", retries: 0, handler: twice(2) } });
    expect(report.runs).toMatchObject([{ verdict: "different-result", was: "4", is: "8" }]);
    const applied = await apply(before, { functionId: "double", chosen: chosenOf(report) });
    const records = await executed(before, caller, applied, { others: { double: twice(2) } });
    expect(outputs(records)).toEqual(["8"]);
    expect(records.map(({ type }) => type)).not.toContain("MessageSent");
    // What the parent made of the old result is the parent's to be repeated: by its code it is the same.
    expect((await before.dryRun(caller)).counts.same).toBe(1);
  });
});

describe("branches", () => {
  test("a race that is taken over is won by who won it, and the loser is not begun again", async () => {
    const calls: string[] = [];
    const racing =
      (price: number): Code =>
      async ({ step }) => {
        const { winner } = await step.race({
          fast: (branch) => branch.run("fast", () => calls.push("fast")),
          slow: (branch) => branch.sleep("slow", "1 hour"),
        });
        return [winner, await step.run({ id: "price", pure: true }, () => price)];
      };
    await using before = await past(racing(1));
    calls.length = 0;
    const { records } = await repair(before, racing(2));
    expect(outputs(records)).toEqual(['["fast",2]']);
    expect(calls).toEqual([]);
    expect(records.map(({ type }) => type)).not.toContain("SleepStarted");
  });

  test("what does not depend on what changed is taken over, also where it was recorded later", async () => {
    const calls: string[] = [];
    const beside =
      (price: number): Code =>
      async ({ step }) => {
        const [gross, printed] = await Promise.all([
          step.run({ id: "price", pure: true }, () => price),
          step.run("print", () => calls.push("print")),
        ]);
        await step.run("post", () => calls.push("post"));
        return [gross, printed];
      };
    await using before = await past(beside(1));
    calls.length = 0;
    const { records } = await repair(before, beside(2));
    expect(outputs(records)).toEqual(["[2,1]"]);
    expect(calls).toEqual(["post"]);
  });
});

describe("iterations", () => {
  test("that were over are taken over, others begin anew", async () => {
    const slices: number[] = [];
    const counting =
      (price: number): Code =>
      async ({ step }) => {
        const upTo = (id: string, from: number): Promise<number> =>
          step.iterate(id, { from, next: (at) => ({ cursor: slices.push(at) && at + 1, done: at > from }) });
        return [await upTo("first", 0), await step.run({ id: "price", pure: true }, () => price), await upTo("second", 10)];
      };
    await using before = await past(counting(1));
    slices.length = 0;
    const { records } = await repair(before, counting(2));
    expect(outputs(records)).toEqual(["[2,2,12]"]);
    expect(slices).toEqual([10, 11]);
  });
});

describe("what a run was started by", () => {
  test("several events are there again, in their order", async () => {
    const sums =
      (factor: number): Code =>
      async ({ events, step }) =>
        await step.run({ id: "sum", pure: true }, () => events.map(({ data }) => factor * Number(data)));
    const batched = { batchEvents: { maxSize: 3, timeout: "1 hour" } } as const;
    await using before = await past(sums(1), {
      data: [1, 2, 3],
      function: batched,
      until: { count: 1, like: ({ type }) => type === "RunCompleted" },
    });
    const { records } = await repair(before, sums(2), {}, { function: batched });
    expect(outputs(records)).toEqual(["[2,4,6]"]);
  });
});

describe("handlers of ends", () => {
  test("a re-run that fails calls its own, and that of the original is not called again", async () => {
    const failures: string[] = [];
    const function_ = {
      onFailure: ({ event }: { event: { data: { error: Error } } }) => void failures.push(event.data.error.message),
    } as never;
    const failing =
      (message: string, price: number): Code =>
      async ({ step }) => {
        await step.run({ id: "price", pure: true }, () => price);
        throw new Error(message);
      };
    await using before = await past(failing("old", 1), {
      function: function_,
      until: { count: 2, like: ({ type }) => type === "RunFailed" || type === "RunCompleted" },
    });
    expect(failures).toEqual(["old"]);
    await repair(before, failing("new", 2), {}, { function: function_, until: () => failures.length === 2 });
    expect(failures).toEqual(["old", "new"]);
  });
});
