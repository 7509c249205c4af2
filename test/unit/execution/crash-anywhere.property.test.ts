// Whatever the program, and wherever it is torn down: called again it goes on from what is recorded, and ends as it would have.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { Desk } from "../../support/desk.ts";
import { childOf, handlerOf, racingProgram, steadyProgram, type Program } from "../../support/program.ts";
import { RUN } from "../../support/records.ts";
import { rounds } from "../../support/rounds.ts";

/** Numbers that decide how many decisions each ack holds. */
const acks = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });

interface Life {
  readonly program: Program;
  /** Null: the run begins. */
  readonly recorded?: readonly JournalRecord[] | null;
  readonly now?: number;
  readonly ack: readonly number[];
  /** Torn down when the journal holds more records than this. */
  readonly stopAfter?: number;
  readonly ids?: "own" | "shared";
}

async function play({ program, recorded = null, now, ack, stopAfter = Number.POSITIVE_INFINITY, ids = "own" }: Life): Promise<Desk> {
  const settled = new Set((recorded ?? []).flatMap((record) => (isOutcome(record) ? [`${record.run}/${record.step}`] : [])));
  let time = 0;
  const ranAgain: string[] = [];
  const executing = (key: string): void => void (settled.has(key) && ranAgain.push(key));
  const desk = new Desk(handlerOf(program, { executing }, ids), {
    retries: 3,
    graceMs: 50,
    functions: { child: childOf({ executing }) },
    event: { data: `{"of":"it"}` },
    ...(recorded === null ? {} : { recorded }),
    ...(now === undefined ? {} : { now }),
  });
  // A run that was backing off or resting is woken by its timers, or by what comes.
  desk.resumeAll();
  await desk.play({ ackAtOnce: () => ack[time++ % ack.length] ?? 1, stop: () => desk.journal.length > stopAfter });
  expect(ranAgain).toEqual([]);
  return desk;
}

/** What an owner finds that takes over where the journal is cut. */
function cutOf(desk: Desk, where: number): { readonly recorded: readonly JournalRecord[]; readonly now: number } {
  const { length, time } = desk.cuts[Math.floor(where * desk.cuts.length)] ?? { length: 1, time: desk.time };
  return { recorded: desk.journal.slice(0, length), now: time };
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
        let last = whole;
        for (let n = 0; n <= crashes; n++) {
          const kept = cutOf(last, where);
          const again = await play({ program, ...kept, ack });
          expect(again.journal.filter(({ type }) => type === "RunParked")).toEqual([]);
          expect(again.result).toEqual(whole.result);
          expect(again.journal.slice(0, kept.recorded.length)).toEqual(kept.recorded);
          last = again;
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
      let last: Desk | null = null;
      for (const life of lives) {
        const kept = last === null ? {} : cutOf(last, 0.999);
        last = await play({ program, ...kept, ack, stopAfter: (last?.journal.length ?? 1) + life });
        last.crash();
        if (last.isOver) break;
      }
      if (last === null || !last.isOver) last = await play({ program, ...(last === null ? {} : cutOf(last, 0.999)), ack });
      expect(last.result).toEqual(whole.result);
    }),
    rounds(60),
  );
}, 60_000);

test("answered from the whole record, races are won by those who won them, and the function returns what it returned", async () => {
  await fc.assert(
    fc.asyncProperty(racingProgram, acks, async (program, ack) => {
      const whole = await play({ program, ack, ids: "shared" });
      const end = whole.journal.findIndex((record) => "run" in record && record.run === RUN && /^Run(Completed|Failed)$/.test(record.type));
      const again = await play({ program, recorded: whole.journal.slice(0, end), now: whole.time, ack: [1], ids: "shared" });
      expect(again.journal.filter(({ type }) => type === "RunParked")).toEqual([]);
      expect(again.result).toEqual(whole.result);
    }),
    rounds(60),
  );
}, 60_000);

function isOutcome(record: JournalRecord): record is Extract<JournalRecord, { type: "StepCompleted" | "StepFailed" }> {
  return record.type === "StepCompleted" || (record.type === "StepFailed" && record.retryAt === null);
}
