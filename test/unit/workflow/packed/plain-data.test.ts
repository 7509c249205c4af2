import fc from "fast-check";
import { expect, test } from "vitest";
import { PlainData } from "../../../../engine/workflow/packed/plain-data.ts";
import { rounds } from "../../../support/rounds.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", minLength: 20, maxLength: 300 }),
  fc.constantFrom("", "name", "\ud800 alone", "ż".repeat(100), "a".repeat(65), "__proto__"),
);
const leaf = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom<unknown>(null, undefined, true, false, -0, 2 ** 28 - 1, 2 ** 28, 2 ** 53, Infinity),
  fc.uint8Array(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    leaf,
    fc.array(tie("anything"), { maxLength: 5 }),
    fc.dictionary(text, tie("anything"), { maxKeys: 5, noNullPrototype: true }),
    fc.array(fc.tuple(fc.oneof(text, fc.integer()), tie("anything")), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
}));

test("what was packed is unpacked the same: fields and entries in their order, whatever else was packed meanwhile", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anything, anything), { maxLength: 20 }), (pairs) => {
      const data = new PlainData();
      const packed = pairs.map((pair) => Buffer.concat([Buffer.from("behind others"), data.pack(pair, "name")]));
      for (const [index, bytes] of packed.entries()) {
        const [first, second] = pairs[index] ?? [];
        expect(data.unpack(bytes, 13, 2, "name")).toStrictEqual([first, second]);
        expect(data.unpack(bytes, 13, 1, "name")).toStrictEqual([first]);
        expect(inOrder(data.unpack(bytes, 13, 2, "name"))).toBe(inOrder([first, second]));
      }
    }),
    rounds(100),
  );
});

test("texts that differ every time, and shapes without end, are carried all the same (R16)", () => {
  const data = new PlainData();
  const packed: Buffer[] = [];
  for (let n = 0; n < 10_000; n++) packed.push(Buffer.from(data.pack([value(n)], "")));
  for (const [n, bytes] of packed.entries()) expect(data.unpack(bytes, 0, 1, "")).toStrictEqual([value(n)]);

  function value(n: number): object {
    return { id: `id ${n}`, kind: `kind ${n % 3}`, map: new Map([[`step ${n % 700}`, { [`field ${n}`]: n, more: `kind ${n % 3}` }]]) };
  }
});

test("what comes again in its place takes a few bytes", () => {
  const data = new PlainData();
  const value = { functionId: "a function's id", event: { name: "order/created", topic: "app.events" }, status: { status: "running" } };
  const first = data.pack([value], "").length;
  expect(data.pack([value], "").length).toBeLessThanOrEqual(first);
  expect(first).toBeLessThan(25);
});

test("a large value leaves no large buffer behind, and takes more than one", () => {
  const data = new PlainData();
  const value = { outputs: Array.from({ length: 20 }, (_, n) => "x".repeat(n * 100_000)), last: "ż".repeat(1_000_000) };
  const bytes = Buffer.from(data.pack([value], ""));
  expect(data.unpack(bytes, 0, 1, "")).toStrictEqual([value]);
});

class Thing {
  size = 1;
  method(): number {
    return this.size;
  }
}

test.each([
  ["a date", new Date(0)],
  ["a set", new Set([1])],
  ["a function", () => 1],
  ["a symbol", Symbol("s")],
  ["a bigint", 1n],
  ["an object of a class", new Thing()],
  ["an error", new Error("boom")],
])("%s is refused, wherever it stands: it would be lost", (_, value) => {
  expect(() => new PlainData().pack([{ a: [new Map([[1, value]])] }], "")).toThrow(expect.objectContaining({ code: "INVARIANT" }));
});

/** Equality of Maps and objects knows no order. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (item instanceof Map ? { entries: [...(item as Map<unknown, unknown>)] } : item));
}
