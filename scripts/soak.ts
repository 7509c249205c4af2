// npm run soak [-- <rounds>]: the fault tests and the simulation, long. Prints the seed, so that a failure can be run again:
// TEST_SEED=<seed> npm run soak -- <rounds>
import { randomInt } from "node:crypto";

import { runCommand, seconds } from "./command.ts";

process.exitCode = await main(Number(process.argv[2] ?? 50));

async function main(rounds: number): Promise<number> {
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error(`${process.argv[2]} is not a number of rounds. Usage: npm run soak [-- <rounds>]`);
    return 2;
  }
  const seed = process.env["TEST_SEED"] ?? String(randomInt(2 ** 31));
  const again = `TEST_SEED=${seed} npm run soak -- ${rounds}`;
  console.log(`${rounds} rounds, seed ${seed}. Again: ${again}`);
  const { ok, tookMs } = await runCommand(
    "vitest",
    ["run", "--project", "simulation", "--project", "e2e", "--reporter=verbose", "--testTimeout=0", "--hookTimeout=600000"],
    { output: "show", env: { TEST_ROUNDS: String(rounds), TEST_SEED: seed } },
  );
  console.log(`${ok ? "Passed" : "FAILED"} after ${seconds(tookMs)}: ${rounds} rounds, seed ${seed}${ok ? "" : `. Again: ${again}`}`);
  return ok ? 0 : 1;
}
