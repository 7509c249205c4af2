// How long random tests go on, and from which seed. They print the seed where they fail: TEST_SEED=<seed> repeats it.
import { appendFileSync } from "node:fs";
import type fc from "fast-check";
import { expect } from "vitest";

/** `TEST_ROUNDS` is a factor: 1 in every run of the tests, more for a soak. */
export function rounds(numRuns: number): fc.Parameters<unknown> {
  const factor = Number(process.env["TEST_ROUNDS"] ?? 1);
  const seed = process.env["TEST_SEED"];
  return { numRuns: Math.ceil(numRuns * factor), ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

/**
 * What a random test must have met more often than this, or it has shown nothing. A limit stands far below the least that a few
 * dozen runs of the test have brought, for each run has a seed of its own: `TEST_COVERAGE=<file>` appends what was met.
 */
export function expectMet<const Name extends string>(
  met: Readonly<Record<NoInfer<Name>, number>>,
  limits: Readonly<Record<Name, number>>,
): void {
  const file = process.env["TEST_COVERAGE"];
  const names = Object.keys(limits) as Name[];
  if (file !== undefined) {
    const test = expect.getState().currentTestName;
    for (const name of names) appendFileSync(file, `${JSON.stringify({ test, name, met: met[name], limit: limits[name] })}\n`);
  }
  for (const name of names) expect(met[name], `how often a random test met: ${name}`).toBeGreaterThan(limits[name]);
}
