// npm test runs this after the checks: every test of every project. The last line is the count.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { ROOT, runCommand } from "./command.ts";
import { countsOf, describeCounts, type Report } from "./test-counts.ts";

const REPORT = path.join(ROOT, "node_modules/.cache/millrace-tests/report.json");

process.exitCode = await main(process.argv.slice(2));

/** Words after `npm test --` go to vitest, e.g. a file or `--project unit`. */
async function main(args: readonly string[]): Promise<number> {
  mkdirSync(path.dirname(REPORT), { recursive: true });
  rmSync(REPORT, { force: true });
  const { ok } = await runCommand("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`, ...args], {
    output: "show",
  });
  const counts = countsOf(readReport());
  const passed = ok && counts.failed === 0;
  console.log(describeCounts(passed ? counts : { ...counts, failed: Math.max(1, counts.failed) }));
  return passed ? 0 : 1;
}

/** Vitest that ended without a report failed as a whole. */
function readReport(): Report {
  try {
    return JSON.parse(readFileSync(REPORT, "utf8")) as Report;
  } catch {
    return { success: false, numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
