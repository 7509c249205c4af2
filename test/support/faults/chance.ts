// Rounds and seeds of the fault tests. The same again: TEST_SEED=<seed> TEST_ROUNDS=<rounds> vitest run <file>
import { randomInt } from "node:crypto";

import { randomFrom } from "../../integration/embedded/random.ts";

const ROUNDS = Number(process.env["TEST_ROUNDS"] ?? 10);

/** A file's share of the rounds that were asked for; at least one. */
export function rounds(share: number): number {
  return Math.max(1, Math.round(ROUNDS * share));
}

export interface Chance {
  readonly seed: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** A whole number from `least` to `most`. */
  readonly between: (least: number, most: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** Says its seed on the console, so that a failure can be run again. */
export function chanceFor(test: string): Chance {
  const seed = Number(process.env["TEST_SEED"] ?? randomInt(2 ** 31));
  console.info(`${test}: TEST_SEED=${seed} TEST_ROUNDS=${ROUNDS}`);
  const random = randomFrom(seed);
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  return {
    seed,
    random,
    between,
    pick: (from) => {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
  };
}
