import fc from "fast-check";
import { expect, test } from "vitest";
import { deriveRunId, parseRunId, runIdAt, writeRunId, type RunId } from "../../../../engine/core/ids.ts";
import { RunNumbers } from "../../../../engine/workflow/packed/run-numbers.ts";
import { rounds } from "../../../support/rounds.ts";

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const anyId = fc
  .tuple(fc.integer({ min: 0, max: 7 }), fc.array(fc.nat(31), { minLength: 25, maxLength: 25 }))
  .map(([first, rest]) => [first, ...rest].map((digit) => DIGITS.charAt(digit)).join("") as RunId);
/** Ids that differ in one digit share most of their words, and some their hash. */
const closeId = fc.tuple(fc.nat(25), fc.nat(7)).map(([place, digit]) => `${"0".repeat(place)}${digit}${"0".repeat(25 - place)}` as RunId);

test("a run's id is its 128 bits, and back", () => {
  const words = new Uint32Array(6);
  fc.assert(
    fc.property(fc.oneof(anyId, closeId), (id) => {
      expect(writeRunId(id, words, 1)).toBe(true);
      expect(runIdAt(words, 1)).toBe(id);
      expect([words[0], words[5]]).toEqual([0, 0]);
    }),
    rounds(500),
  );
});

test("what is no run's id is found nowhere", () => {
  const numbers = new RunNumbers();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ minLength: 26, maxLength: 26 }), fc.constant("8".repeat(26))), (text) => {
      fc.pre(parseRunId(text) === null);
      expect(writeRunId(text, new Uint32Array(4), 0)).toBe(false);
      expect(numbers.find(text)).toBe(-1);
    }),
    rounds(300),
  );
});

test("every id has a number of its own, small and dense, until it gives it back", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anyId, closeId), { maxLength: 400, size: "max" }), (ids) => {
      const numbers = new RunNumbers();
      const model = new Map<RunId, number>();
      let most = 0;
      for (const id of ids) {
        const number = model.get(id);
        expect(numbers.find(id)).toBe(number ?? -1);
        if (number === undefined) model.set(id, numbers.add(id));
        else {
          numbers.remove(number);
          model.delete(id);
        }
        most = Math.max(most, model.size);
      }
      expect(new Set(model.values()).size).toBe(model.size);
      expect(numbers.size).toBe(model.size);
      expect(numbers.end).toBe(most);
      for (const [id, number] of model) {
        expect(numbers.find(id)).toBe(number);
        expect(numbers.idOf(number)).toBe(id);
      }
    }),
    rounds(100),
  );
});

test("a hundred thousand ids of one partition are told apart while they come and go", () => {
  const numbers = new RunNumbers();
  const id = (n: number): RunId => deriveRunId(1_700_000_000_000 + (n % 1_000), 3, "f", `events-3-${n}`);
  for (let n = 0; n < 100_000; n++) numbers.add(id(n));
  for (let n = 0; n < 100_000; n += 3) numbers.remove(numbers.find(id(n)));
  for (let n = 100_000; n < 130_000; n++) numbers.add(id(n));
  let wrong = 0;
  for (let n = 0; n < 130_000; n++) {
    const number = numbers.find(id(n));
    const isThere = n >= 100_000 || n % 3 !== 0;
    if (isThere ? numbers.idOf(number) !== id(n) : number !== -1) wrong += 1;
  }
  expect(wrong).toBe(0);
});
