import fc from "fast-check";
import { expect, test } from "vitest";
import { LineCutter } from "../../../server/sending/lines-of.ts";

function linesOf(chunks: readonly Buffer[], maxBytes = 1_000): string[] {
  const cutter = new LineCutter(maxBytes);
  const lines = [...chunks.flatMap((chunk) => [...cutter.cut(chunk)]), ...cutter.end()];
  return lines.map((line) => (line === "tooLong" ? line : line.bytes.toString("utf8")));
}

test("lines are the same however the stream was cut", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.array(fc.nat(200)), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll("\n", " "));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const places = [0, ...cuts.filter((cut) => cut <= bytes.length).toSorted((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(linesOf(chunks, 10_000)).toEqual(lines);
    }),
  );
});

test("the last line needs no newline, and an empty one in between counts", () => {
  expect(linesOf([Buffer.from("a\n\nb")])).toEqual(["a", "", "b"]);
  expect(linesOf([Buffer.from("a\n")])).toEqual(["a"]);
  expect(linesOf([])).toEqual([]);
});

test("a line that is too long is passed over, and those behind it are whole", () => {
  const long = Buffer.from("x".repeat(11));
  expect(linesOf([Buffer.from("a\n"), long, long, Buffer.from("x\nb\n")], 10)).toEqual(["a", "tooLong", "b"]);
  expect(linesOf([long], 10)).toEqual(["tooLong"]);
  expect(linesOf([Buffer.from(`${"x".repeat(10)}\n`)], 10)).toEqual(["x".repeat(10)]);
});
