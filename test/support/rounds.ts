// How long random tests go on, and from which seed. They print the seed where they fail: MILLRACE_SEED=<seed> repeats it.
import type fc from "fast-check";

/** `MILLRACE_ROUNDS` is a factor: 1 in every run of the tests, more for a soak. */
export function rounds(numRuns: number): fc.Parameters<unknown> {
  const factor = Number(process.env["MILLRACE_ROUNDS"] ?? 1);
  const seed = process.env["MILLRACE_SEED"];
  return { numRuns: Math.ceil(numRuns * factor), ...(seed === undefined ? {} : { seed: Number(seed) }) };
}
