// A run that is not over is repeated by people: it is cancelled by what begins its re-run, and by that alone.
import { expect, test } from "vitest";
import type { RunId } from "../../../engine/core/ids.ts";
import { must } from "../../../engine/core/errors.ts";
import type { Log } from "../../../engine/log/log.ts";
import { openHistory } from "../../../engine/replay/history/history.ts";
import { NO_EDITS } from "../../../engine/replay/rerun/edits.ts";
import { rerunOne, type RerunOneOptions } from "../../../engine/replay/rerun/rerun-one.ts";
import type { Millrace } from "../../../engine/sdk/millrace.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { until } from "../../support/faults/until.ts";
import { step } from "../../support/records.ts";
import { past, TOPICS, type Code } from "./past-app.ts";

/** Runs of `code`, one of which people repeat while it is under way; resolves with all that was decided until a re-run is over. */
async function recordsOf(code: Code, people: (app: Millrace, records: readonly JournalRecord[]) => Promise<unknown>) {
  const records: JournalRecord[] = [];
  const like = (record: JournalRecord): boolean => records.push(record) > 0 && record.type === "RunCompleted";
  await using _ = await past(code, { until: { count: 1, like }, meanwhile: (app) => people(app, records) });
  return records;
}

async function again(log: Log, options: Partial<RerunOneOptions> = {}): Promise<RunId> {
  const history = await openHistory({ log, journal: TOPICS.journal, partitions: 1, functionId: "f" });
  let run: RunId | null = null;
  for await (const { state } of history.runs()) run = state.id;
  return rerunOne({
    log,
    topics: TOPICS,
    partitions: 1,
    run: must(run, "the run"),
    partition: 0,
    journalFrom: 0,
    from: null,
    edits: NO_EDITS,
    emit: "changed",
    operation: "by-hand",
    ...options,
  });
}

const has = (records: readonly JournalRecord[], type: JournalRecord["type"]): boolean => records.some((record) => record.type === type);

test("it is cancelled first, and its re-run takes over what it had come to", async () => {
  const computed: boolean[] = [];
  const code: Code = async ({ step: of, rerunOf }) => {
    const answer = await of.run("compute", () => computed.push(rerunOf !== null));
    if (rerunOf === null) await of.sleep("nap", "1 hour");
    return answer;
  };
  let id: RunId | null = null;
  const records = await recordsOf(code, async (app, decided) => {
    await until("it sleeps", () => has(decided, "SleepStarted"));
    const { log } = await app.parts.connect();
    await expect(again(log)).rejects.toMatchObject({ code: "RERUN_NOT_OVER", message: expect.stringContaining("`cancel`") as string });
    expect(has(decided, "RunCancelled")).toBe(false);
    id = await again(log, { cancel: true, from: step("nap") });
    // It was decided when it was answered.
    expect(has(decided, "RerunStarted")).toBe(true);
  });
  const told = records.flatMap((record) => ("run" in record && record.run === id ? [record.type] : []));
  expect(told).toEqual(["RerunStarted", "StepAdopted", "RunCompleted"]);
  expect(records.filter(({ type }) => type === "RunCancelled")).toHaveLength(1);
  expect(computed).toEqual([false]);
});

test("one that goes on before its partition has heard of it is looked at again, and is cancelled by one decision", async () => {
  const gate = Promise.withResolvers<void>();
  const executed: string[] = [];
  const code: Code = async ({ step: of, rerunOf }) => {
    for (const id of ["ask", "check"]) await of.run(id, () => executed.push(id));
    await of.run("post", async () => {
      await gate.promise;
      executed.push("post");
    });
    if (rerunOf === null) await of.sleep("nap", "1 hour");
  };
  const records = await recordsOf(code, async (app, decided) => {
    await until("it has checked", () => decided.filter(({ type }) => type === "StepCompleted").length === 2);
    const { log } = await app.parts.connect();
    await again(
      beforeCommand(log, async () => {
        gate.resolve();
        await until("it sleeps", () => has(decided, "SleepStarted"));
      }),
      { cancel: true, from: step("check") },
    );
    expect(has(decided, "RerunStarted")).toBe(true);
  });
  expect(records.flatMap((record) => (record.type === "RunSkipped" ? [record.gate] : []))).toEqual(["rerun"]);
  expect(records.filter(({ type }) => type === "RunCancelled")).toHaveLength(1);
  expect(executed).toEqual(["ask", "check", "post", "check", "post"]);
});

test("where nobody owns its partition, the command waits in the log", async () => {
  const code: Code = ({ step: of }) => of.sleep("nap", "1 hour");
  await using before = await past(code, { until: { count: 1, like: ({ type }) => type === "SleepStarted" } });
  expect(await again(before.log, { cancel: true })).toMatch(/^[0-9A-Z]{26}$/);
  expect(await before.log.latestOffset({ topic: TOPICS.inbox, partition: 0 })).toBe(1);
});

test("one that goes on each time that it is looked at is left as it is, and that is said", async () => {
  const gates = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
  const code: Code = async ({ step: of }) => {
    for (const [n, { promise }] of gates.entries()) await of.run(`s${n}`, () => promise);
  };
  const records = await recordsOf(code, async (app, decided) => {
    const done = (count: number) =>
      until(`${count} steps are done`, () => decided.filter(({ type }) => type === "StepCompleted").length >= count);
    gates[0]?.resolve();
    await done(1);
    const { log } = await app.parts.connect();
    let count = 1;
    const going = beforeCommand(log, async () => {
      gates[count]?.resolve();
      count += 1;
      await done(count);
    });
    await expect(again(going, { cancel: true })).rejects.toMatchObject({ code: "RERUN_GOES_ON" });
    for (const gate of gates) gate.resolve();
  });
  expect(records.filter(({ type }) => type === "RunSkipped")).toHaveLength(5);
  expect(has(records, "RunCancelled") || has(records, "RerunStarted")).toBe(false);
});

/** Does something before a command is in the log. */
function beforeCommand(log: Log, work: () => Promise<void>): Log {
  const append = async (...asked: Parameters<Log["append"]>): ReturnType<Log["append"]> => {
    if (asked[0].topic === TOPICS.inbox) await work();
    return log.append(...asked);
  };
  return new Proxy(log, { get: (target, name) => (name === "append" ? append : bound(target, name)) });
}

function bound(target: Log, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === "function" ? (value as (...asked: unknown[]) => unknown).bind(target) : value;
}
