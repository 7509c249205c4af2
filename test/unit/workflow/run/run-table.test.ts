// Whether a run is open or packed makes no difference to anybody but the collector.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import type { RunId } from "../../../../engine/core/ids.ts";
import { PackedRuns } from "../../../../engine/workflow/packed/packed-runs.ts";
import { RUN_MARKS, type RunMark } from "../../../../engine/workflow/run/run-marks.ts";
import { RunTable } from "../../../../engine/workflow/run/run-table.ts";
import type { RunState } from "../../../../engine/workflow/state.ts";
import { timersOfRun } from "../../../../engine/workflow/timer/due.ts";
import { runState } from "../../../support/arbitrary-runs.ts";
import { runId, step } from "../../../support/records.ts";
import { rounds } from "../../../support/rounds.ts";

const sample = must(fc.sample(runState, { numRuns: 1, seed: 1 })[0], "a run");

test("a run that was packed is unpacked the same, whatever it holds", () => {
  fc.assert(
    fc.property(fc.uniqueArray(runState, { selector: ({ id }) => id, maxLength: 10 }), (runs) => {
      const packed = new PackedRuns();
      for (const run of runs) packed.put(run);
      for (const run of runs) {
        expect(packed.peek(run.id)).toStrictEqual(run);
        const read = packed.take(run.id);
        expect(read).toStrictEqual(run);
        // Cells are texts made of these: what depends on order stays in it.
        expect([JSON.stringify(read), JSON.stringify([...(read?.steps ?? [])])]).toEqual([
          JSON.stringify(run),
          JSON.stringify([...run.steps]),
        ]);
        expect([packed.take(run.id), packed.peek(run.id)]).toEqual([undefined, undefined]);
      }
      expect([packed.size, packed.timerCount]).toEqual([0, 0]);
    }),
    rounds(300),
  );
});

const names = ["a", "b", "c", "d", "e", "f", "g"];
const happening = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("start" as const), run: runState }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("change" as const), attempt: fc.nat(), key: fc.constantFrom(...names), at: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("look" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const) }) },
);

test("the table is a Map of runs, with any number of them open: no change is lost, none is seen twice", () => {
  fc.assert(
    fc.property(fc.nat(5), fc.array(fc.tuple(fc.constantFrom(...names), happening), { maxLength: 80 }), (maxOpen, history) => {
      const table = new RunTable(maxOpen);
      const model = new Map<RunId, RunState>();
      for (const [name, next] of history) {
        const id = runId(name);
        for (const runs of [table, model]) happen(runs, id, next);
        table.settle();
        expect(table.has(id)).toBe(model.has(id));
        expect(table.size).toBe(model.size);
      }
      expect(new Map([...table.values()].map((run) => [run.id, run]))).toStrictEqual(model);
      expect([...table.keys()].toSorted()).toEqual([...model.keys()].toSorted());
      for (const mark of Object.keys(RUN_MARKS) as RunMark[]) {
        const marked = [...model.values()].filter((run) => RUN_MARKS[mark](run)).map(({ id }) => id);
        expect(table.having(mark).toSorted()).toEqual(marked.toSorted());
      }
      const timers = [...model.values()].flatMap((run) => [...timersOfRun(run)]).map((timer) => JSON.stringify(timer));
      expect([...table.timers()].map((timer) => JSON.stringify(timer)).toSorted()).toEqual(timers.toSorted());
      expect(table.timerCount()).toBe(timers.length);
      for (const name of names) expect(table.peek(runId(name))).toStrictEqual(model.get(runId(name)));
      for (const name of names) expect(table.get(runId(name))).toStrictEqual(model.get(runId(name)));
    }),
    rounds(200),
  );

  type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;
  type Runs = Pick<Map<RunId, RunState>, "get" | "delete"> & { set(id: RunId, run: RunState): unknown };
  function happen(runs: Runs, id: RunId, next: Happening): void {
    if (next.kind === "start") runs.set(id, { ...next.run, id, steps: new Map(next.run.steps) });
    else if (next.kind === "end") runs.delete(id);
    const run = runs.get(id);
    if (run === undefined || next.kind !== "change") return;
    run.attempt = next.attempt;
    run.resting = next.attempt % 2 === 0;
    run.steps.set(step(next.key), { status: "sleeping", wakeAt: next.at });
  }
});

describe("a run that is packed", () => {
  const tableOf = (count: number, maxOpen: number): { readonly table: RunTable; readonly ids: readonly RunId[] } => {
    const table = new RunTable(maxOpen);
    const ids = Array.from({ length: count }, (_, n) => runId(`run ${n}`));
    for (const id of ids) {
      table.set(id, { ...sample, id, steps: new Map() });
      table.settle();
    }
    return { table, ids };
  };

  test("cannot be changed by who goes through all of them: the change would be lost", () => {
    const { table } = tableOf(3, 0);
    const seen = [...table.values(), table.peek(runId("run 1"))];
    expect(seen).toHaveLength(4);
    for (const run of seen) expect(() => Object.assign(run ?? {}, { attempt: 7 })).toThrow(TypeError);
  });

  test("is not asked for while somebody goes through all of them: it would be met twice, or not at all", () => {
    for (const maxOpen of [0, 2, 100]) {
      const { table, ids } = tableOf(4, maxOpen);
      const walk = (walked: Iterable<unknown>): void => {
        for (const _ of walked) table.get(ids[3] ?? runId("none"));
      };
      for (const walked of [table.values(), table.keys()])
        expect(() => walk(walked)).toThrow(expect.objectContaining({ code: "INVARIANT" }));
    }
  });

  test("is one that was not asked for lately: who is asked for again and again stays as it is (R16)", () => {
    const { table, ids } = tableOf(4, 4);
    const first = must(table.get(ids[0] ?? runId("none")), "the run");
    for (let n = 4; n < 50; n++) {
      table.set(runId(`run ${n}`), { ...first, id: runId(`run ${n}`) });
      expect(table.get(runId("run 0"))).toBe(first);
      table.settle();
    }
    expect(table.get(runId("run 1"))).not.toBe(table.get(runId("run 0")));
  });
});

test("thousands of runs leave the heap", () => {
  const table = new RunTable();
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 6_000; n++) {
    const id = runId(`run ${n}`);
    table.set(id, { ...sample, id, event: { ...sample.event, data: `{"n":${n},"text":"${"x".repeat(180)}"}` } });
    table.settle();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(3_900 * 200);
  for (let n = 0; n < 6_000; n++) table.delete(runId(`run ${n}`));
  expect(table.size).toBe(0);
});
