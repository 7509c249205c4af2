import fc from "fast-check";
import { expect, test } from "vitest";
import { Slabs } from "../../../../engine/workflow/packed/slabs.ts";
import { rounds } from "../../../support/rounds.ts";

const MIB = 1024 * 1024;

test("bytes are found as they were put, whatever was put and dropped beside them", () => {
  const change = fc.record({
    number: fc.nat(60),
    size: fc.oneof({ weight: 5, arbitrary: fc.nat(3_000) }, { weight: 2, arbitrary: fc.nat(300_000) }, fc.nat(2 * MIB)),
    fill: fc.nat(255),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300, size: "max" }), (changes) => {
      const slabs = new Slabs();
      const model = new Map<number, Buffer>();
      for (const { number, size, fill } of changes) {
        if (model.delete(number)) slabs.drop(number);
        else {
          model.set(number, Buffer.alloc(size, fill));
          slabs.put(number, Buffer.alloc(size, fill));
        }
      }
      for (const [number, bytes] of model) expect(bytesOf(slabs, number, bytes.length).equals(bytes)).toBe(true);
      expect(slabs.bytes).toBeLessThan(2 * liveBytes(model) + 4 * MIB);
    }),
    rounds(40),
  );
});

test("memory follows what is live through any number of changes, and is given back (R16)", () => {
  const slabs = new Slabs();
  const sizes = new Map<number, number>();
  const put = (number: number, size: number): void => {
    sizes.set(number, size);
    slabs.put(number, Buffer.alloc(size, number));
  };
  for (let number = 0; number < 20_000; number++) put(number, 200 + (number % 300));
  // Some stay for ever, others come and go beside them, and grow: 100 MB in all.
  for (let n = 0; n < 200_000; n++) {
    const number = (n * 7_919) % 20_000;
    if (number % 10 === 0) continue;
    slabs.drop(number);
    put(number, 100 + ((n * 31) % 1_000));
  }
  const live = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(slabs.bytes).toBeLessThan(1.5 * live + 4 * MIB);
  for (const [number, size] of sizes) expect(bytesOf(slabs, number, size).every((byte) => byte === number % 256)).toBe(true);
  for (const number of sizes.keys()) if (number % 10 !== 0) slabs.drop(number);
  expect(slabs.bytes).toBeLessThan(4 * MIB + live / 5);
});

test("few bytes take little, so that a thousand partitions do", () => {
  const slabs = new Slabs();
  expect(slabs.bytes).toBe(0);
  slabs.put(0, Buffer.alloc(100));
  expect(slabs.bytes).toBeLessThan(20_000);
});

function bytesOf(slabs: Slabs, number: number, size: number): Buffer {
  const { bytes, at } = slabs.find(number);
  return bytes.subarray(at, at + size);
}

function liveBytes(model: ReadonlyMap<number, Buffer>): number {
  let bytes = 0;
  for (const { length } of model.values()) bytes += length;
  return bytes;
}
