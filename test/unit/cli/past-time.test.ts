// Times as people give them to commands.
import { expect, test, vi } from "vitest";
import { isoTime, pastTime } from "../../../cli/past-time.ts";
import { runFilterOf } from "../../../cli/runs/run-filter.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

test.each<[string, string, number | undefined]>([
  ["with a zone", "2026-11-20T08:00Z", Date.UTC(2026, 10, 20, 8)],
  ["with another zone", "2026-11-20T08:00+02:00", Date.UTC(2026, 10, 20, 6)],
  ["without one: this machine's", "2026-11-20T08:00", new Date(2026, 10, 20, 8).getTime()],
  ["as tables print it", "2026-11-20 08:00:07", new Date(2026, 10, 20, 8, 0, 7).getTime()],
  ["of a day alone: its midnight here", "2026-11-20", new Date(2026, 10, 20).getTime()],
  ["how long ago", "2 hours", NOW - 7_200_000],
  ["beginning", "beginning", undefined],
])("a time %s", (_, text, time) => {
  expect(pastTime("--since", text, NOW)).toBe(time);
});

test("a day begins when it does in the machine's zone, as the tables have it", () => {
  vi.stubEnv("TZ", "Asia/Tokyo");
  try {
    expect(pastTime("--since", "2026-11-20", NOW)).toBe(Date.UTC(2026, 10, 19, 15));
  } finally {
    vi.unstubAllEnvs();
  }
});

test.each(["yesterday", "2026-13-45", "12:00", ""])("%j is no time", (text) => {
  expect(() => pastTime("--since", text, NOW)).toThrow(expect.objectContaining({ code: "CLI_BAD_TIME" }));
});

test("an end that is the beginning is refused: it would be taken for no end, and mean all runs", () => {
  expect(() => runFilterOf({ function: "f", until: "beginning" })).toThrow(expect.objectContaining({ code: "CLI_BAD_TIME" }));
});

test.each(["12", "foo 1", "1700000000", "2 hours"])("%j is no time at which something happened", (text) => {
  expect(isoTime(text)).toBeNaN();
});
