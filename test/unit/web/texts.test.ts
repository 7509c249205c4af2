import { expect, test } from "vitest";
import { timeOf } from "../../../web/src/components/local-time.tsx";
import { readRunsSearch } from "../../../web/src/pages/runs/search.ts";
import { amount, byteSize, duration, exactTime, fromNow, isTime } from "../../../web/src/text/time.ts";
import { visible } from "../../../web/src/text/visible.ts";
import { parseSearch, searchOf, stringifySearch } from "../../../web/src/url.ts";

test("characters that turn the direction of others, or that nobody sees, are written out; letters of any script are not", () => {
  expect(visible("user\u202Egpj.exe")).toBe("user\\u202Egpj.exe");
  expect(visible("a\u200Bb\u0000c\u2066d\uFEFF\u{E0041}")).toBe("a\\u200Bb\\u0000c\\u2066d\\uFEFF\\uE0041");
  // Fillers are letters by name; what says how the character before it looks is seen there.
  expect(visible("a\u3164b\u115Fc\u034Fd\u2800e")).toBe("a\\u3164b\\u115Fc\\u034Fd\\u2800e");
  expect(visible("❤\uFE0F")).toBe("❤\uFE0F");
  expect(visible("naïve 東京 שלום 👍 \t\n")).toBe("naïve 東京 שלום 👍 \t\n");
});

test("durations and distances are said in the largest units that fit", () => {
  expect([0, 12, 999, 3_440, 59_400, 61_000, 3_600_000, 7_500_000, 90_000_000].map(duration)).toEqual([
    "0 ms",
    "12 ms",
    "999 ms",
    "3.4 s",
    "59 s",
    "1 min 1 s",
    "1 h",
    "2 h 5 min",
    "1 d 1 h",
  ]);
  const now = Date.UTC(2026, 5, 15, 12);
  expect([0, -3_000, 7_200_000, -90_000].map((ms) => fromNow(now + ms, now))).toEqual(["now", "3s ago", "in 2h", "1m ago"]);
  expect([4_400, 90_000, 7_500_000, 7 * 86_400_000 - 90_000].map((ms) => fromNow(now + ms, now))).toEqual([
    "in 4s",
    "in 1m 30s",
    "in 2h 5m",
    "in 6d 23h",
  ]);
  expect(fromNow(Date.UTC(2025, 0, 2, 12), now)).toBe("02 Jan 2025");
});

test("large amounts are short", () => {
  expect([0, 12_345, 123_456, 999_499, 999_999, 4_567_890].map(amount)).toEqual(["0", "12,345", "123k", "999k", "1.0M", "4.6M"]);
  expect([999, 1_500, 1_048_576].map(byteSize)).toEqual(["999 B", "1.5 kB", "1.0 MB"]);
});

test("filters stand in the address as plain texts, survive the way there and back, and unknown ones are forgotten", () => {
  const search = { status: "failed,parked", search: "a&b=c 100%", id: "123" };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
  expect(stringifySearch({ a: undefined, b: "" })).toBe("");
  expect(searchOf("status", "search")({ ...search, status: "" })).toEqual({ search: "a&b=c 100%" });
});

test("an address that says what cannot be is read as if it did not", () => {
  expect(
    readRunsSearch({ status: "failed,nonsense,__proto__", since: "soon", until: "+275760-09-13T00:00:00Z", function: "f", x: "y" }),
  ).toEqual({
    status: "failed",
    function: "f",
  });
  expect(readRunsSearch({ status: "nonsense", since: "2026-11-22T09:30:00.000Z" })).toEqual({ since: "2026-11-22T09:30:00.000Z" });
  expect([undefined, "", "x", "-000001-01-01T00:00:00Z"].map(timeOf)).toEqual([undefined, undefined, undefined, undefined]);
});

test("a time that no calendar has is told as none, and breaks nothing", () => {
  expect(exactTime(9e15)).toBe("no time");
  expect(isTime(Number.NaN)).toBe(false);
});
