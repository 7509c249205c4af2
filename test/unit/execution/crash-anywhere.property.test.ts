// Whatever the program, and wherever it is torn down: called again it goes on from what is recorded, and ends as it would have.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { Desk } from "../../support/desk.ts";
import { handlerOf, racingProgram, steadyProgram, type Program } from "../../support/program.ts";
import { rounds } from "../../support/rounds.ts";

/** Numbers that decide how many decisions each ack holds. */
const acks = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });

interface Life {
  readonly program: Program;
  /** Null: the run begins. */
  readonly recorded?: readonly JournalRecord[] | null;
  readonly ack: readonly number[];
  /** Torn down when the journal holds more records than this. */
  readonly stopAfter?: number;
  readonly ids?: "own" | "shared";
}

async function play({ program, recorded = null, ack, stopAfter = Number.POSITIVE_INFINITY, ids = "own" }: Life): Promise<Desk> {
  const settled = new Set((recorded ?? []).flatMap((record) => (isOutcome(record) ? [`${record.run}/${record.step}`] : [])));
  let time = 0;
  const ranAgain: string[] = [];
  const executing = (key: string): void => void (settled.has(key) && ranAgain.push(key));
  const handler = handlerOf(program, { executing }, ids);
  const desk = new Desk(handler, { retries: 3, graceMs: 50, ...(recorded === null ? {} : { recorded, now: lastTime(recorded) }) });
  // A run that was backing off or resting is woken by its timers.
  if (desk.run.status.status !== "backing-off" && !desk.run.resting) desk.start();
  await desk.play({ ackAtOnce: () => ack[time++ % ack.length] ?? 1, stop: () => desk.journal.length > stopAfter });
  expect(ranAgain).toEqual([]);
  return desk;
}

test("torn down after any number of acknowledged records, a run comes to the same end, and no recorded step runs again (R2)", async () => {
  await fc.assert(
    fc.asyncProperty(
      steadyProgram,
      acks,
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.nat(3),
      async (program, ack, where, crashes) => {
        const whole = await play({ program, ack });
        expect(whole.result).not.toBe("not over");
        let journal: readonly JournalRecord[] = whole.journal;
        for (let n = 0; n <= crashes; n++) {
          const kept = 1 + Math.floor(where * (journal.length - 1));
          const again = await play({ program, recorded: journal.slice(0, kept), ack });
          expect(again.journal.filter(({ type }) => type === "RunParked")).toEqual([]);
          expect(again.result).toEqual(whole.result);
          expect(again.journal.slice(0, kept)).toEqual(journal.slice(0, kept));
          journal = again.journal;
        }
      },
    ),
    rounds(60),
  );
}, 60_000);

test("torn down in the middle of things, with decisions that were never acknowledged, it comes to the same end", async () => {
  await fc.assert(
    fc.asyncProperty(steadyProgram, acks, fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }), async (program, ack, lives) => {
      const whole = await play({ program, ack });
      let journal: readonly JournalRecord[] | null = null;
      for (const life of lives) {
        const desk = await play({ program, recorded: journal, ack, stopAfter: (journal?.length ?? 1) + life });
        desk.crash();
        journal = desk.journal;
        if (isOver(journal)) break;
      }
      const last = journal !== null && isOver(journal) ? null : await play({ program, recorded: journal, ack });
      expect((last ?? whole).result).toEqual(whole.result);
    }),
    rounds(60),
  );
}, 60_000);

test("answered from the whole record, races are won by those who won them, and the function returns what it returned", async () => {
  await fc.assert(
    fc.asyncProperty(racingProgram, acks, async (program, ack) => {
      const whole = await play({ program, ack, ids: "shared" });
      const end = whole.journal.findIndex(({ type }) => type === "RunCompleted" || type === "RunFailed");
      const again = await play({ program, recorded: whole.journal.slice(0, end), ack: [1], ids: "shared" });
      expect(again.journal.filter(({ type }) => type === "RunParked")).toEqual([]);
      expect(again.result).toEqual(whole.result);
    }),
    rounds(60),
  );
}, 60_000);

function isOutcome(record: JournalRecord): record is Extract<JournalRecord, { type: "StepCompleted" | "StepFailed" }> {
  return record.type === "StepCompleted" || (record.type === "StepFailed" && record.retryAt === null);
}

function isOver(journal: readonly JournalRecord[]): boolean {
  return journal.some(({ type }) => type === "RunCompleted" || type === "RunFailed");
}

/** The log's time does not go back: at the least it is what the last record was decided by. */
function lastTime(records: readonly JournalRecord[]): number {
  let time = Date.UTC(2026, 0, 1);
  for (const record of records) {
    if (record.type === "SleepEnded") {
      const began = records.find((other) => other.type === "SleepStarted" && other.step === record.step);
      if (began?.type === "SleepStarted") time = Math.max(time, began.wakeAt);
    }
  }
  return time;
}
