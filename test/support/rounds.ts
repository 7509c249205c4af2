// How long random tests go on, and from which seed. They print the seed where they fail: TEST_SEED=<seed> repeats it.
import { appendFileSync } from "node:fs";
import type fc from "fast-check";
import { expect } from "vitest";

/** A test that has not met what it is about by then never does. */
const PASSES = 8;

/** `TEST_ROUNDS` is a factor: 1 in every run of the tests, more for a soak. */
export function rounds(numRuns: number): fc.Parameters<unknown> {
  const factor = Number(process.env["TEST_ROUNDS"] ?? 1);
  const seed = process.env["TEST_SEED"];
  return { numRuns: Math.ceil(numRuns * factor), ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

/**
 * A random test that must have met each of these more often than its limit, or it has shown nothing. Each pass has a seed of its
 * own, so what one meets is chance: it goes on until all are met. What a pass refutes fails at once.
 *
 * @param met counts of all passes so far
 * @param pass asserts the property, by `fc.assert`
 */
export async function untilMet<const Name extends string>(
  met: () => Readonly<Record<NoInfer<Name>, number>>,
  limits: Readonly<Record<Name, number>>,
  pass: () => Promise<void> | void,
): Promise<void> {
  const names = Object.keys(limits) as Name[];
  const lacking = (): readonly Name[] => names.filter((name) => met()[name] <= limits[name]);
  // By a given seed each pass is the same one.
  const passes = process.env["TEST_SEED"] === undefined ? PASSES : 1;
  for (let n = 1; n <= passes; n++) {
    await pass();
    if (n === 1) note(met(), limits);
    if (lacking().length === 0) return;
  }
  if (passes === 1) return;
  expect.fail(
    `in ${passes} passes a random test met too few of: ${lacking().join(", ")} (met ${JSON.stringify(met())}, limits ${JSON.stringify(limits)})`,
  );
}

/** `TEST_COVERAGE=<file>`: what one pass of each test meets is appended to it. */
function note(met: Readonly<Record<string, number>>, limits: Readonly<Record<string, number>>): void {
  const file = process.env["TEST_COVERAGE"];
  if (file === undefined) return;
  const test = expect.getState().currentTestName;
  for (const [name, limit] of Object.entries(limits)) {
    appendFileSync(file, `${JSON.stringify({ test, name, met: met[name], limit })}\n`);
  }
}
