// step.race: the first branch that returns or throws wins, and the steps of the others are called off. Who wins follows from the order in which
// outcomes are delivered, which is that of the record.
import { ConfigurationError } from "../../core/configuration-error.ts";
import type { Place } from "./asked-step.ts";
import { Branch } from "./branch.ts";

export interface Contender {
  readonly name: string;
  readonly run: (place: Place) => unknown;
}

export function race({ live, branch: outer }: Place, contenders: readonly Contender[]): Promise<{ winner: string; value: unknown }> {
  if (contenders.length === 0) throw new ConfigurationError("INVALID_STEP", "step.race needs at least one branch");
  const branches = contenders.map(({ name, run }) => ({ name, run, branch: new Branch(outer) }));
  return new Promise((resolve, reject) => {
    let isOver = false;
    const wins = (winner: Branch): boolean => {
      if (isOver) return false;
      isOver = true;
      const losers = branches.filter(({ branch }) => branch !== winner);
      live.callOff(
        losers.map(({ branch }) => branch),
        "another branch won the race",
      );
      return true;
    };
    for (const { name, run, branch } of branches) {
      begin(() => run({ live, branch })).then(
        (value) => wins(branch) && resolve({ winner: name, value }),
        (error: unknown) => wins(branch) && reject(error),
      );
    }
  });
}

/** What it throws at once is as good as what it rejects with. */
export async function begin(run: () => unknown): Promise<unknown> {
  return await run();
}
