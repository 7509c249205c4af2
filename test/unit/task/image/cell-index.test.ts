import fc from "fast-check";
import { expect, test } from "vitest";
import { CellIndex, hashOfCell } from "../../../../engine/task/image/cell-index.ts";
import { rounds } from "../../../support/rounds.ts";

test("it says what a map would say, and its sum depends on nothing but what is in it", () => {
  const happening = fc.record({
    key: fc.nat(40),
    lsn: fc.integer({ min: 1, max: 2 ** 40 }),
    body: fc.option(fc.string(), { freq: 3 }),
    parts: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 300, size: "max" }), (history) => {
      const index = new CellIndex();
      const model = new Map<string, { lsn: number; body: string; parts: number }>();
      for (const { key: number, lsn, body, parts } of history) {
        const key = `run/${number}`;
        if (body === null) {
          index.drop(key);
          model.delete(key);
        } else {
          index.put(key, lsn, hashOfCell(key, Buffer.from(body)), parts);
          model.set(key, { lsn, body, parts });
        }
      }
      const anew = new CellIndex();
      for (const [key, { lsn, body, parts }] of [...model].toReversed()) {
        anew.put(key, lsn, hashOfCell(key, Buffer.from(body)), parts);
        expect([index.lsnOf(key), index.partsOf(key), index.holds(key, hashOfCell(key, Buffer.from(body)))]).toEqual([lsn, parts, true]);
      }
      expect(index.count).toBe(model.size);
      expect(index.sum).toBe(anew.sum);
      for (let number = 0; number <= 40; number++) expect(index.has(`run/${number}`)).toBe(model.has(`run/${number}`));
    }),
    rounds(100),
  );
});

test("two hundred thousand cells come and go", () => {
  const index = new CellIndex();
  const hash = { high: 1, low: 2 };
  for (let n = 0; n < 200_000; n++) index.put(`wait/${n}`, n + 1, hash, 1);
  for (let n = 0; n < 200_000; n += 2) index.drop(`wait/${n}`);
  let wrong = 0;
  for (let n = 0; n < 200_000; n++) if (index.lsnOf(`wait/${n}`) !== (n % 2 === 0 ? null : n + 1)) wrong += 1;
  expect(wrong).toBe(0);
  expect([index.count, index.sum]).toEqual([100_000, "000186a000030d40"]);
});

test("a cell's hash depends on its key as well as on its text", () => {
  const body = Buffer.from("1");
  expect(hashOfCell("a", body)).not.toEqual(hashOfCell("b", body));
  expect(hashOfCell("a", body)).not.toEqual(hashOfCell("a", Buffer.from("2")));
  expect(hashOfCell("a", body)).toEqual(hashOfCell("a", Buffer.from("1")));
});
