// Runs that people repeat from a step on, with other data and other outputs: what is taken over is what they said or what it was, what is behind it is
// executed, and the world hears of what is not as it was.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunId, StepKey } from "../../../engine/core/ids.ts";
import { openHistory } from "../../../engine/replay/history/history.ts";
import type { PastRun } from "../../../engine/replay/history/past-run.ts";
import { NO_EDITS, type RerunEdits } from "../../../engine/replay/rerun/edits.ts";
import { rerunOne } from "../../../engine/replay/rerun/rerun-one.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { NonRetriableError } from "../../../engine/sdk/index.ts";
import { readAdopted } from "../../../engine/workflow/run/rerun-command.ts";
import { step as key } from "../../support/records.ts";
import { rounds, untilMet } from "../../support/rounds.ts";
import { past, TOPICS, type Code, type Past } from "./past-app.ts";
import { executed, sentIn } from "./repaired.ts";

async function runsOf(before: Past): Promise<readonly PastRun[]> {
  const history = await openHistory({ log: before.log, journal: TOPICS.journal, partitions: 1, functionId: "f" });
  const runs: PastRun[] = [];
  for await (const run of history.runs()) runs.push(run);
  return runs;
}

function options(before: Past, run: RunId) {
  return { log: before.log, topics: TOPICS, partitions: 1, run, partition: 0, journalFrom: 0, emit: "changed" } as const;
}

function again(before: Past, run: RunId, from: StepKey | null = null, edits: Partial<RerunEdits> = {}): Promise<RunId> {
  return rerunOne({ ...options(before, run), from, edits: { ...NO_EDITS, ...edits }, operation: "by-hand" });
}

const told = (runs: ReadonlyMap<RunId, RunId>) => ({ told: runs }) as Parameters<typeof executed>[2];

type Part = "run" | "send";
/** What is asked for of one run: a place in its steps, and outputs by place. */
interface Wish {
  readonly from: number;
  readonly data: number | null;
  readonly outputs: readonly (readonly [at: number, output: number])[];
}

/** `calls`: places of steps that were executed, by run. */
function codeOf(parts: readonly Part[], calls: Map<RunId, number[]>): Code {
  return async ({ event, step, runId }) => {
    let sum = event.data as number;
    for (const [at, part] of parts.entries()) {
      if (part === "send") {
        await step.sendEvent(`s${at}`, { name: "told", data: { sum }, key: String(at) });
        continue;
      }
      sum = await step.run(`s${at}`, () => {
        calls.set(runId, [...(calls.get(runId) ?? []), at]);
        return next(sum, at);
      });
    }
    return sum;
  };
}

function next(sum: number, at: number): number {
  return (sum * 3 + at) % 1_000;
}

/** What it comes to, where so many steps are taken over; and how often it says something new. */
function model(
  parts: readonly Part[],
  data: number,
  { from, data: other, outputs }: Wish,
): { readonly sum: number; readonly said: number } {
  const edited = new Map(outputs);
  let [sum, was, said] = [other ?? data, data, 0];
  for (const [at, part] of parts.entries()) {
    if (part === "send") {
      if (at >= from && sum !== was) said += 1;
      continue;
    }
    was = next(was, at);
    sum = at < from ? (edited.get(at) ?? was) : next(sum, at);
  }
  return { sum, said };
}

const RUNS = 10;

test(
  "whatever is edited, what is taken over is not computed again, and what follows is computed from it (R2)",
  { timeout: 60_000 },
  async () => {
    let [editedOutputs, editedData, corrected] = [0, 0, 0];
    const wish = fc.record({
      from: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 4, arbitrary: fc.integer({ min: 2, max: 6 }) }),
      data: fc.option(fc.nat(999), { freq: 2 }),
      outputs: fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(999)), { minLength: 1, maxLength: 5, selector: ([at]) => at }),
    });
    const parts = fc.array(fc.constantFrom<Part>("run", "run", "send"), { minLength: 4, maxLength: 6 });
    await untilMet(
      () => ({ editedOutputs, editedData, corrected }),
      { editedOutputs: 3, editedData: 2, corrected: 0 },
      () =>
        fc.assert(
          fc.asyncProperty(parts, fc.array(wish, { minLength: RUNS, maxLength: RUNS }), async (of, wishes) => {
            const calls = new Map<RunId, number[]>();
            const code = codeOf(of, calls);
            await using before = await past(code, { data: wishes.map((_, n) => n) });
            const runs = await runsOf(before);
            const expected = new Map<RunId, { readonly sum: number; readonly said: number; readonly executed: readonly number[] }>();
            const asked = new Map<RunId, RunId>();
            for (const { state } of runs) {
              const data = JSON.parse(state.event.data) as number;
              const given = wishes[data] ?? { from: 0, data: null, outputs: [] };
              const from = Math.min(given.from, of.length - 1);
              const fitting: Wish = { ...given, from, outputs: given.outputs.filter(([at]) => at < from && of[at] === "run") };
              const edits = {
                data: given.data === null ? null : String(given.data),
                outputs: new Map(fitting.outputs.map(([at, n]) => [key(`s${at}`), String(n)])),
              };
              const id = await again(before, state.id, from === 0 ? null : key(`s${from}`), edits);
              asked.set(state.id, id);
              const toExecute = of.flatMap((part, at) => (part === "run" && at >= from ? [at] : []));
              expected.set(id, { ...model(of, data, fitting), executed: toExecute });
              editedOutputs += fitting.outputs.length;
              editedData += given.data === null ? 0 : 1;
            }
            calls.clear();
            const records = await executed(before, code, told(asked));
            let said = 0;
            for (const [id, { sum, said: news, executed: places }] of expected) {
              expect(records).toContainEqual({ type: "RunCompleted", run: id, output: String(sum) });
              expect(calls.get(id) ?? []).toEqual(places);
              said += news;
            }
            const sent = sentIn(records);
            expect(sent.length).toBe(said);
            expect(sent.every(({ corrects }) => corrects !== null)).toBe(true);
            corrected += said;
          }),
          rounds(5),
        ),
    );
  },
);

describe("other data", () => {
  const code: Code = ({ event, step }) => step.run("a", () => event.data);

  test("is that of an event of its own, which never was in a topic, and names the original as what it corrects (R10)", async () => {
    await using before = await past(code, { data: ["old"] });
    const [run] = await runsOf(before);
    if (run === undefined) throw new Error("there is a run");
    const id = await again(before, run.state.id, null, { data: '"new"' });
    const records = await executed(before, code, told(new Map([[run.state.id, id]])));
    const started = records.find((record) => record.type === "RunsStarted");
    const { event } = run.state;
    expect(started?.event).toEqual({
      ...event,
      id: `edited/${id}`,
      data: '"new"',
      topic: "",
      partition: 0,
      offset: -1,
      corrects: event.id,
    });
    expect(records).toContainEqual({ type: "RunCompleted", run: id, output: '"new"' });
  });

  test("of a re-run is given again to the next one, whose original is the first run", async () => {
    await using before = await past(code, { data: ["old"] });
    const [run] = await runsOf(before);
    const first = await again(before, must(run).state.id, null, { data: '"new"' });
    await executed(before, code, told(new Map([[must(run).state.id, first]])));
    const [repeated] = await runsOf(before);
    expect(repeated).toMatchObject({ original: must(run).state.id, state: { id: first, event: { data: '"new"' } } });
  });
});

test("a step by which the run had failed, and that is taken over, is tried again; unless people say what it came to", async () => {
  const calls: string[] = [];
  const code: Code = async ({ step }) => {
    const charged = await step
      .run("charge", () => {
        calls.push("charge");
        throw new Error("declined");
      })
      .catch((error: unknown) => (calls.length > 1 ? `still ${String(error)}` : Promise.reject(error as Error)));
    return step.run("book", () => `booked ${String(charged)}`);
  };
  await using before = await past(code);
  const { state } = must((await runsOf(before))[0]);
  const first = await again(before, state.id);
  const records = await executed(before, code, told(new Map([[state.id, first]])));
  expect(records.some((record) => record.type === "RunCompleted")).toBe(true);
  const [repeated] = await runsOf(before);
  const paid = { outputs: new Map([[key("charge"), '"by hand"']]) };
  const second = await rerunOne({
    ...options(before, must(repeated).state.id),
    from: key("book"),
    edits: { ...NO_EDITS, ...paid },
    operation: "2",
  });
  const after = await executed(before, code, told(new Map([[state.id, second]])));
  expect(after).toContainEqual({ type: "RunCompleted", run: second, output: '"booked by hand"' });
});

test("a step that people did by hand is taken over with what they say, and what follows is executed", async () => {
  const calls: string[] = [];
  const code: Code = async ({ step }) => {
    const call = (id: string, body: () => unknown): Promise<unknown> =>
      step.run(id, () => {
        calls.push(id);
        return body();
      });
    await call("reserve", () => "reserved");
    const paid = await call("charge", () => {
      throw new NonRetriableError("the bank is down");
    });
    return call("book", () => `booked ${String(paid)}`);
  };
  await using before = await past(code);
  const { state } = must((await runsOf(before))[0]);
  calls.length = 0;
  const id = await again(before, state.id, key("charge"), { outputs: new Map([[key("charge"), '"by hand"']]) });
  const records = await executed(before, code, told(new Map([[state.id, id]])));
  expect(records).toContainEqual({ type: "RunCompleted", run: id, output: '"booked by hand"' });
  expect(calls).toEqual(["book"]);
});

describe("what cannot be", () => {
  const code: Code = async ({ step }) => {
    await step.run("a", () => 1);
    await step.sendEvent("tell", { name: "told", data: 1 });
    await step.sleep("nap", 1);
    await step.run("b", () => 2);
  };

  test("is refused, and said", async () => {
    await using before = await past(code);
    const { state } = must((await runsOf(before))[0]);
    const outputs = (name: string): RerunEdits => ({ data: null, outputs: new Map([[key(name), "7"]]) });
    await expect(again(before, state.id, key("odd"))).rejects.toMatchObject({ code: "RERUN_NO_STEP" });
    await expect(again(before, state.id, null, outputs("a"))).rejects.toMatchObject({ code: "RERUN_BAD_EDIT" });
    await expect(again(before, state.id, key("a"), outputs("b"))).rejects.toMatchObject({ code: "RERUN_BAD_EDIT" });
    await expect(again(before, state.id, key("b"), outputs("tell"))).rejects.toMatchObject({ code: "RERUN_BAD_EDIT" });
    await expect(again(before, state.id, key("b"), outputs("nap"))).rejects.toMatchObject({ code: "RERUN_BAD_EDIT" });
    await expect(again(before, "01K9ZC6Y1N8XQ2B7V4T5M3RDEF" as RunId)).rejects.toMatchObject({ code: "RERUN_NO_RUN" });
  });

  test("is not begun for a run that is not over", async () => {
    const sleeper: Code = ({ step }) => step.sleep("nap", "1 hour");
    const isAsleep = { count: 1, like: ({ type }: JournalRecord) => type === "SleepStarted" };
    await using before = await past(sleeper, { until: isAsleep });
    const { state } = must((await runsOf(before))[0]);
    await expect(again(before, state.id)).rejects.toMatchObject({ code: "RERUN_NOT_OVER" });
  });

  test("is no command: an output that people gave is that of a step that completed", () => {
    const completed = (more: object): string => JSON.stringify([["a#0", { status: "completed", output: "1", ...more }]]);
    expect(readAdopted(completed({ edited: true }))).not.toBeNull();
    expect(readAdopted(completed({ edited: "yes" }))).toBeNull();
    expect(readAdopted(JSON.stringify([["a#0", { status: "slept", edited: true }]]))).toBeNull();
  });
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("it is there");
  return value;
}
