// Queued rows against a plain list of them, whatever comes and goes.
import fc from "fast-check";
import { expect, test } from "vitest";
import { deriveRunId, stepKey, type RunId } from "../../../../engine/core/ids.ts";
import { bucketOf } from "../../../../engine/workflow/flow/lines/row-bucket.ts";
import { QueuedRows, type QueuedRow } from "../../../../engine/workflow/flow/lines/rows.ts";
import { rounds } from "../../../support/rounds.ts";

const id = (n: number): RunId => deriveRunId(n % 3, 3, "f", `${n}`);
const PARENT = { run: id(1_000_000), step: stepKey("s", 0) };

/** So few of each that lines meet again, and names that would be one if they were merely joined. */
const row = fc.record<Omit<QueuedRow, "number">>({
  run: fc.nat(60).map(id),
  functionId: fc.constantFrom("f", "g", "f1 "),
  gate: fc.constantFrom("home", "home", "throttle", "pause"),
  needs: fc.constantFrom([], ["a"], ["a", "b"], ["a1 b"], ["b", "a"], ["1 a\0"]),
  share: fc.constantFrom("", "s", "1 ", "1 s"),
  weight: fc.constantFrom(1_000, 2_500),
  score: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.maxSafeInteger()),
  startBy: fc.option(fc.maxSafeInteger(), { freq: 2 }),
  lsn: fc.maxSafeNat(),
  parent: fc.constantFrom(null, null, PARENT),
  singleton: fc.constantFrom(null, null, "key"),
  cancels: fc.constantFrom([], [], [1, -1], [-1, 1], [11]),
});
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("add" as const), row, number: fc.maxSafeNat() }) },
  // As in operation: one that came last has the highest number.
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("add" as const), row, number: fc.constant(null) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove" as const), run: fc.nat(60).map(id) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("take" as const), line: fc.nat(10) }) },
);

const inOrder = (rows: readonly QueuedRow[]): readonly QueuedRow[] => rows.toSorted((a, b) => a.score - b.score || a.number - b.number);
const kindOf = ({ functionId, gate, needs, share, weight }: Omit<QueuedRow, "run">): string =>
  JSON.stringify([functionId, gate, needs, share, weight]);
const byRun = (rows: Iterable<QueuedRow>): readonly QueuedRow[] => [...rows].toSorted((a, b) => (a.run < b.run ? -1 : 1));

function expectSame(rows: QueuedRows, model: ReadonlyMap<RunId, QueuedRow>, count: number): void {
  const kinds = Map.groupBy(model.values(), kindOf);
  const lines = [...rows.lines()];
  expect(rows.size).toBe(model.size);
  expect(lines.map((line) => JSON.stringify([line.functionId, line.gate, line.needs, line.share, line.weight])).toSorted()).toEqual(
    [...kinds.keys()].toSorted(),
  );
  for (const line of lines) {
    const expected = inOrder(kinds.get(JSON.stringify([line.functionId, line.gate, line.needs, line.share, line.weight])) ?? []);
    expect(line.size).toBe(expected.length);
    expect(line.head).toEqual(expected[0]);
    expect(line.first(count)).toEqual(expected.slice(0, count));
  }
}

test("each line is in order of score and number, and loses and gains the rows that it should", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 200, size: "max" }), fc.nat(70), (history, count) => {
      const rows = new QueuedRows();
      const model = new Map<RunId, QueuedRow>();
      const numbers = new Set<number>();
      for (const what of history) {
        if (what.kind === "add") {
          const number = what.number ?? Math.max(0, ...numbers) + 1;
          if (model.has(what.row.run) || numbers.has(number)) continue;
          const added = { ...what.row, number };
          numbers.add(number);
          model.set(added.run, added);
          const line = rows.add(added);
          expect(kindOf(line.first(1)[0] ?? added)).toBe(kindOf(added));
          continue;
        }
        const lines = [...rows.lines()];
        const run = what.kind === "remove" ? what.run : (lines[what.line % Math.max(1, lines.length)]?.head?.run ?? id(0));
        const before = model.get(run);
        expect(rows.has(run)).toBe(before !== undefined);
        expect(rows.get(run)).toEqual(before);
        const line = rows.remove(run);
        model.delete(run);
        expect(line === undefined).toBe(before === undefined);
        if (before !== undefined) {
          const rest = [...model.values()].filter((other) => kindOf(other) === kindOf(before));
          expect([line?.size, line?.head]).toEqual([rest.length, inOrder(rest)[0]]);
        }
      }
      expectSame(rows, model, count);
      expect(byRun(rows.values())).toEqual(byRun(model.values()));
      const startingBy = [...model.values()].filter(({ startBy }) => startBy !== null).map(({ run, startBy }) => `${run} ${startBy}`);
      expect([...rows.startingBy()].map(({ run, startBy }) => `${run} ${startBy}`).toSorted()).toEqual(startingBy.toSorted());
      const buckets = Map.groupBy(model.values(), ({ number }) => bucketOf(number));
      expect(new Set(rows.buckets())).toEqual(new Set(buckets.keys()));
      for (const [bucket, those] of buckets) expect(rows.inBucket(bucket)).toEqual(those.toSorted((a, b) => a.number - b.number));
    }),
    rounds(200),
  );
});

test("ten thousand rows come out in order, some taken from the middle meanwhile, and again after all of them were gone", () => {
  const rows = new QueuedRows();
  const rowOf = (n: number): QueuedRow => ({
    run: id(n),
    functionId: "f",
    gate: "home",
    needs: ["pool"],
    share: "",
    weight: 1_000,
    score: (n * 7_919) % 10_007,
    number: n,
    startBy: n % 2 === 0 ? n : null,
    lsn: n,
    parent: null,
    singleton: null,
    cancels: [n % 3],
  });
  for (const from of [0, 10_000]) {
    for (let n = from; n < from + 10_000; n++) rows.add(rowOf(n));
    for (let n = from; n < from + 10_000; n += 3) rows.remove(id(n));
    const expected = inOrder(Array.from({ length: 10_000 }, (_, n) => rowOf(from + n)).filter((_, n) => n % 3 !== 0));
    const [line] = rows.lines();
    expect(line?.first(100)).toEqual(expected.slice(0, 100));
    const taken: (QueuedRow | undefined)[] = [];
    for (let head = line?.head; head !== undefined; head = line?.head) {
      taken.push(head);
      rows.remove(head.run);
    }
    expect(taken).toEqual(expected);
    expect([rows.size, [...rows.lines()], [...rows.buckets()]]).toEqual([0, [], []]);
  }
});

test("a run waits in one line at a time", () => {
  const rows = new QueuedRows();
  const [first] = fc.sample(row, { numRuns: 1, seed: 1 });
  if (first === undefined) throw new Error("no sample");
  rows.add({ ...first, number: 1 });
  expect(() => rows.add({ ...first, number: 2, functionId: "another" })).toThrow("waits in a line already");
  expect(rows.remove(id(999))).toBeUndefined();
});
