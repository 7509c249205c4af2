import { expect, test } from "vitest";

import { countsOf, describeCounts, type Report } from "../../../scripts/test-counts.ts";

function report(changes: Partial<Report>): Report {
  return { success: true, numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...changes };
}

test("passed, failed and skipped are those of the report", () => {
  const counts = countsOf(report({ success: false, numPassedTests: 5, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }));
  expect(counts).toEqual({ passed: 5, failed: 2, skipped: 2 });
});

test("a file that broke before its first test is a failure", () => {
  const broken = { name: "a.test.ts", status: "failed", assertionResults: [] };
  expect(countsOf(report({ success: false, numPassedTests: 5, testResults: [broken] })).failed).toBe(1);
});

test("a file with failed tests is counted by its tests alone", () => {
  const file = { name: "a.test.ts", status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] };
  expect(countsOf(report({ success: false, numFailedTests: 1, numPassedTests: 1, testResults: [file] })).failed).toBe(1);
});

test("a run that failed outside of any test is a failure", () => {
  expect(countsOf(report({ success: false, numPassedTests: 5 })).failed).toBe(1);
});

test("the line names what was skipped only where something was", () => {
  expect(describeCounts({ passed: 12, failed: 0, skipped: 0 })).toBe("12 passed, 0 failed");
  expect(describeCounts({ passed: 12, failed: 1, skipped: 3 })).toBe("12 passed, 1 failed, 3 skipped");
});
