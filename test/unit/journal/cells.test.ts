import fc from "fast-check";
import { expect, test } from "vitest";
import {
  cellRecordKey,
  decodeCell,
  decodeTrailer,
  encodeCell,
  encodeTrailer,
  isTrailer,
  readRecordKey,
  trailerRecordKey,
} from "../../../engine/journal/cells.ts";
import { rounds } from "../../support/rounds.ts";

test("a key names the cell, whatever is in its name, the frame and the part", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(), fc.nat(3), (cell, lsn, part) => {
      expect(readRecordKey(cellRecordKey(cell, lsn, part))).toEqual({ cell, lsn, part });
    }),
    rounds(200),
  );
  expect(readRecordKey("wait/01J/odd @7.2 name#0@12.1")).toEqual({ cell: "wait/01J/odd @7.2 name#0", lsn: 12, part: 1 });
});

test("trailers are told from cells by their key", () => {
  const place = readRecordKey(trailerRecordKey(97));
  expect(place).toEqual({ cell: "trailer", lsn: 97, part: 0 });
  expect(place !== null && isTrailer(place)).toBe(true);
});

test.each(["", "run/01J", "run/01J@", "run/01J@x", "run/01J@1.", "run/01J@1.2.3", "run/01J@-1"])("%j is no key of an image", (key) => {
  expect(readRecordKey(key)).toBeNull();
});

test("cells and trailers come back as they were", () => {
  const cell = { epoch: 90, nonce: 2 ** 47, parts: 2, body: Buffer.from('{"a":"é"}') };
  expect(decodeCell(encodeCell(cell))).toEqual(cell);
  expect(decodeCell(encodeCell({ ...cell, body: null }))).toEqual({ ...cell, body: null });
  const trailer = { epoch: 90, nonce: 1, lsn: 97, offset: 121, format: 1, count: 3, sum: "00ff00ff00ff00ff" };
  expect(decodeTrailer(encodeTrailer(trailer))).toEqual(trailer);
});

test.each([
  ["what has no marker", Buffer.from("anything"), "JOURNAL_DAMAGED"],
  [
    "another kind of entry",
    encodeTrailer({ epoch: 0, nonce: 0, lsn: 0, offset: 0, format: 1, count: 0, sum: "" }),
    "JOURNAL_UNKNOWN_FORMAT",
  ],
  ["half of one", encodeCell({ epoch: 0, nonce: 0, parts: 1, body: Buffer.from("body") }).subarray(0, 12), "JOURNAL_DAMAGED"],
])("%s is no cell", (_, bytes, code) => {
  expect(() => decodeCell(bytes)).toThrow(expect.objectContaining({ code }));
});
