// Whatever the program, and wherever its journal ends: its own code is the same in a dry run, and nothing of it is executed.
import fc from "fast-check";
import pino from "pino";
import { expect, test } from "vitest";
import type { StepKey } from "../../../engine/core/ids.ts";
import { idempotencyKeyOf } from "../../../engine/execution/idempotency-key.ts";
import { Deadlines } from "../../../engine/execution/in-process/deadlines.ts";
import { IdleRuns } from "../../../engine/execution/in-process/idle-runs.ts";
import { judge } from "../../../engine/replay/dry-run/judge.ts";
import { rehearse } from "../../../engine/replay/dry-run/rehearse.ts";
import type { Difference } from "../../../engine/replay/dry-run/report.ts";
import type { PastRun } from "../../../engine/replay/history/past-run.ts";
import { Recorder } from "../../../engine/replay/history/recorder.ts";
import type { Frame } from "../../../schemas/journal/generated.ts";
import { Desk } from "../../support/desk.ts";
import { T0 } from "../../support/fake-clock.ts";
import { childOf, handlerOf, racingProgram, steadyProgram, type Program } from "../../support/program.ts";
import { RUN } from "../../support/records.ts";
import { rounds } from "../../support/rounds.ts";

const acks = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });

interface Lived {
  readonly desk: Desk;
  /** Steps whose code was called, by their idempotency keys. */
  readonly executed: ReadonlySet<string>;
}

async function live(program: Program, ack: readonly number[], ids: "own" | "shared"): Promise<Lived> {
  let time = 0;
  const executed = new Set<string>();
  const watcher = { executing: (key: string): void => void executed.add(key) };
  const desk = new Desk(handlerOf(program, watcher, ids), {
    retries: 3,
    graceMs: 50,
    functions: { child: childOf(watcher) },
    event: { data: `{"of":"it"}` },
  });
  desk.resumeAll();
  await desk.play({ ackAtOnce: () => ack[time++ % ack.length] ?? 1 });
  return { desk, executed };
}

/** The run as the journal has it up to so many of its cuts. */
function pastOf({ desk: { journal, cuts, time } }: Lived, upTo: number): PastRun {
  const recorder = new Recorder({ partition: 0, takes: (run) => run === RUN, originalOf: () => null });
  const over: PastRun[] = [];
  let from = 0;
  for (const { length, time: at } of [
    { length: 1, time: T0 },
    ...cuts.slice(0, upTo),
    ...(upTo < cuts.length ? [] : [{ length: journal.length, time }]),
  ]) {
    const frame: Frame = { epoch: 0, nonce: 0, lsn: 0, time: at, inputs: [], records: journal.slice(from, length) };
    over.push(...recorder.take(frame));
    from = Math.max(from, length);
  }
  const [run] = [...over, ...recorder.rest()];
  if (run === undefined) throw new Error("the run is not there");
  return run;
}

/** But for steps that had begun and were not waited for: when a run is over they leave no record. */
async function differences(past: PastRun, lived: Lived, program: Program, ids: "own" | "shared"): Promise<readonly Difference[]> {
  const executed: string[] = [];
  const handler = handlerOf(program, { executing: (key) => void executed.push(key) }, ids);
  const deadlines = new Deadlines();
  const options = {
    deadlines,
    idle: new IdleRuns(deadlines),
    logger: pino({ level: "silent" }),
    app: "app",
    maxEventBytes: 1_000_000,
    recompute: new Set<string>(),
    graceMs: 50,
    limitMs: 5_000,
  };
  const registered = { id: "f", retries: 3, handler };
  const rehearsed = await rehearse(past, registered, options);
  expect(executed).toEqual([]);
  deadlines.close();
  return judge(past, rehearsed, rehearsed).filter(
    ({ verdict, step }) => verdict !== "would-run" || step === null || !hasBegun(lived, step),
  );
}

function hasBegun({ executed }: Lived, step: StepKey): boolean {
  const key = idempotencyKeyOf(RUN, step);
  return [...executed].some((one) => one === key || one.startsWith(`${key}/`));
}

test("the code that a run was made by is the same for it, whoever won its races (R2)", async () => {
  await fc.assert(
    fc.asyncProperty(racingProgram, acks, async (program, ack) => {
      const lived = await live(program, ack, "shared");
      const past = pastOf(lived, lived.desk.cuts.length);
      // On a machine that is busy its desk may have given it up.
      fc.pre(past.end.kind !== "running");
      expect(await differences(past, lived, program, "shared")).toEqual([]);
    }),
    rounds(40),
  );
}, 60_000);

test("a run that is not over is the same by the code that it was begun by, wherever it is (R2)", async () => {
  await fc.assert(
    fc.asyncProperty(steadyProgram, acks, fc.double({ min: 0, max: 1, noNaN: true }), async (program, ack, where) => {
      const lived = await live(program, ack, "own");
      const past = pastOf(lived, Math.floor(where * lived.desk.cuts.length));
      expect(await differences(past, lived, program, "own")).toEqual([]);
    }),
    rounds(40),
  );
}, 60_000);
