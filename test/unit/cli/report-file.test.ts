// Reports of dry runs as people give them back: edited, of something else, or no report at all.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readReport } from "../../../cli/report-file.ts";
import { RUN, runId } from "../../support/records.ts";

const folder = mkdtempSync(path.join(tmpdir(), "millrace-report-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = { run: RUN, original: null, verdict: "would-run", keep: ["a#0"] };
const report = { format: 2, app: "shop", function: "bill", since: "2026-11-01T00:00:00.000Z", until: null, runs: [run] };

function read(content: unknown, of = { app: "shop", function: "bill" }): ReturnType<typeof readReport> {
  const file = path.join(folder, "report.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return readReport(file, of);
}

test("a report names the runs that are changes, by the first that each repeats, and the time that they are of", () => {
  const again = { ...run, run: runId("again"), original: runId("first"), keep: [] };
  const runs = [run, again, { ...run, run: runId("odd"), verdict: "not-settled" }];
  expect(read({ ...report, runs })).toEqual({
    operation: expect.any(String) as string,
    chosen: new Map([
      [RUN, { run: RUN, keep: ["a#0"] }],
      [runId("first"), { run: runId("again"), keep: [] }],
    ]),
    span: { since: Date.parse(report.since) },
  });
});

test("a report names its operation: the same for whoever repeats its runs, whichever they leave in it, and another for another report", () => {
  const made = { ...report, where: null, recompute: [], madeAt: "2026-11-22T10:00:00.000Z" };
  const { operation } = read(made);
  expect(operation).toMatch(/^[\w.-]{1,64}$/);
  expect(read({ ...made, runs: [] }).operation).toBe(operation);
  const others = [
    { ...made, madeAt: "2026-11-22T10:00:00.001Z" },
    { ...made, where: "event.data.net > 1" },
  ];
  expect(others.map((other) => read(other).operation === operation)).toEqual([false, false]);
});

describe("refused, and told where, is", () => {
  test.each([
    ["no JSON", "{", /cannot be read as JSON/],
    ["null", "null", /no report of this version/],
    ["a list", [], /no report of this version/],
    ["another version's", { ...report, format: 1 }, /no report of this version/],
    ["another app's", { ...report, app: "bar" }, /of app "bar", not of "shop"/],
    ["another function's", { ...report, function: "ship" }, /of function "ship", not of "bill"/],
    ["one without runs", { ...report, runs: null }, /at runs:/],
    ["a run that is null", { ...report, runs: [run, null] }, /at runs\.1:/],
    ["an id that is none", { ...report, runs: [{ ...run, run: "../x" }] }, /at runs\.0\.run: is no id of a run/],
    ["an original that is none", { ...report, runs: [{ ...run, original: 7 }] }, /at runs\.0\.original:/],
    ["a verdict that is none", { ...report, runs: [{ ...run, verdict: "bad" }] }, /at runs\.0\.verdict:/],
    ["steps that are no list", { ...report, runs: [{ ...run, keep: "a#0" }] }, /at runs\.0\.keep:/],
    ["a step that is no text", { ...report, runs: [{ ...run, keep: [1] }] }, /at runs\.0\.keep\.0:/],
    ["a time that is none", { ...report, since: "yesterday" }, /at since:/],
  ])("%s", (_, content, message) => {
    expect(() => read(content)).toThrow(
      expect.objectContaining({ code: "CLI_BAD_FILE", message: expect.stringMatching(message) as string }),
    );
  });

  test("a file that is not there", () => {
    expect(() => readReport(path.join(folder, "none.json"), { app: "shop", function: "bill" })).toThrow(/none\.json cannot be read/);
  });
});
