// What people see on their terminals: aligned, within its width, and never obeying what others wrote.
import { describe, expect, test, vi } from "vitest";
import { tableLines, type Column } from "../../../cli/print/table.ts";
import { cutTo, widthOf } from "../../../cli/print/text-width.ts";
import { durationText, timeText } from "../../../cli/print/times.ts";
import { progressOf } from "../../../cli/progress.ts";
import { say } from "../../../cli/say.ts";
import { plainLines, plainText } from "../../../engine/core/plain-text.ts";
import { VERDICTS, type DryRunReport } from "../../../engine/replay/dry-run/report.ts";
import { tableOf } from "../../../engine/replay/dry-run/table.ts";

interface Row {
  readonly id: string;
  readonly count: number;
  readonly why: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: "ID", of: ({ id }) => id },
  { head: "COUNT", of: ({ count }) => ({ text: String(count), paint: (colors) => colors.red }), align: "right" },
  { head: "WHY", of: ({ why }) => why, mayShrink: true },
];
const ROWS: readonly Row[] = [
  { id: "a", count: 7, why: "no money is left on the card" },
  { id: "longer", count: 12_345, why: "" },
];

describe("a table", () => {
  test("is aligned, has no colours and is whole where it goes to no terminal", () => {
    expect(tableLines(ROWS, COLUMNS, {})).toEqual(["ID      COUNT  WHY", "a           7  no money is left on the card", "longer  12345"]);
  });

  test("is as wide as the terminal: columns that may, give way", () => {
    const lines = tableLines(ROWS, COLUMNS, { isTTY: true, columns: 30 }).map((line) => withoutColours(line));
    expect(lines[1]).toBe("a           7  no money is le…");
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(30);
  });

  test("is whole where a terminal does not know how wide it is", () => {
    expect(tableLines(ROWS, COLUMNS, { isTTY: true, columns: 0 }).join("")).toContain("no money is left on the card");
  });

  test("has colours on a terminal alone, and none with NO_COLOR", () => {
    const before = process.env["NO_COLOR"];
    delete process.env["NO_COLOR"];
    try {
      expect(tableLines(ROWS, COLUMNS, { isTTY: true, columns: 100 })[1]).toContain("\u001b[31m7\u001b[39m");
      process.env["NO_COLOR"] = "1";
      expect(tableLines(ROWS, COLUMNS, { isTTY: true, columns: 100 }).join("")).not.toContain("\u001b");
    } finally {
      if (before === undefined) delete process.env["NO_COLOR"];
      else process.env["NO_COLOR"] = before;
    }
  });

  test("shows what would move the cursor or change colours, and does not obey it", () => {
    const hostile = "\u001b[2J\u001b]0;title\u0007 \u202egnp.exe\nnext\u009b31m";
    const [, line = ""] = tableLines([{ id: "x", count: 1, why: hostile }], COLUMNS, {});
    expect(line).toBe("x       1  \\u001b[2J\\u001b]0;title\\u0007 \\u202egnp.exe next\\u009b31m");
  });
});

test("text is measured in columns of a terminal, and cut between characters", () => {
  expect([widthOf("abc"), widthOf("ü"), widthOf("注文"), widthOf("👩‍👩‍👧")]).toEqual([3, 1, 4, 2]);
  expect(cutTo("注文です", 5)).toBe("注文…");
  expect(cutTo("short", 5)).toBe("short");
  expect(plainText("tab\there")).toBe("tab here");
});

describe("what others wrote", () => {
  const hostile = "first\u001b[2J\n\tsecond\r\u009b31m";

  test("keeps its lines and its tabs where several are printed, and nothing else that a terminal obeys", () => {
    expect(plainLines(hostile)).toBe("first\\u001b[2J\n\tsecond\\u000d\\u009b31m");
  });

  test("is told to people as that: in messages of errors as well", () => {
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      say(`ANY: ${hostile}`);
      expect(written.mock.calls).toEqual([["ANY: first\\u001b[2J\n\tsecond\\u000d\\u009b31m\n"]]);
    } finally {
      written.mockRestore();
    }
  });

  test("stays in the one line of how far long work is, which is no wider than the terminal", () => {
    const said: string[] = [];
    const progress = progressOf("bulk", { isTTY: true, columns: 60, write: (text) => said.push(text) }, () => 1_000);
    progress.at(1, 2, `waiting: ${hostile} ${"far too long ".repeat(20)}`);
    const line = said.join("").replace("\r\u001b[2K", "");
    // oxlint-disable-next-line no-control-regex -- that there is none is what is tested
    expect(line).not.toMatch(/[\u0000-\u001f\u009b]/);
    expect(widthOf(line)).toBeLessThan(60);
    expect(line.endsWith("…")).toBe(true);
  });

  test("of past runs, as a dry run has it, is not obeyed either", () => {
    const run = {
      run: "01",
      original: null,
      verdict: "other-input",
      step: null,
      detail: hostile,
      was: null,
      is: '"\u009b2J"',
      keep: [],
      later: [],
    };
    const event = { name: hostile, key: hostile, id: "1" };
    const report = {
      function: "f",
      total: 1,
      since: null,
      until: null,
      where: null,
      counts: Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])),
      notAskedFor: [],
      missing: [],
      runs: [{ ...run, event }],
    } as unknown as DryRunReport;
    const text = tableOf(report, { examples: 1 }).join("\n");
    expect(text).toContain("first\\u001b[2J");
    expect(text).not.toContain("\u001b[2J");
    expect(text).not.toContain("\u009b");
  });
});

test.each([
  [0, "0 ms"],
  [-5, "0 ms"],
  [999, "999 ms"],
  [1_000, "1.0 s"],
  [59_999, "59.9 s"],
  [200_000, "3 min 20 s"],
  [7_500_000, "2 h 5 min"],
  [86_400_000, "1 d"],
])("%d ms are %s", (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});

test("a time of another day is told with its day", () => {
  const noon = new Date(2026, 10, 22, 12, 0, 5).getTime();
  expect(timeText(noon, noon + 60_000)).toBe("12:00:05");
  expect(timeText(noon, noon + 86_400_000)).toBe("2026-11-22 12:00:05");
  expect(timeText(null)).toBe("");
});

function withoutColours(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return text.replaceAll(/\u001b\[\d+m/g, "");
}
