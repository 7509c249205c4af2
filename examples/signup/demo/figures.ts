// The line of counts that moves while the demo plays.
import { figures, pad } from "../../stage/narrator.ts";
import type { Ledger } from "./ledger.ts";

export interface Totals {
  readonly steps: number;
  readonly runs: number;
}

export function figuresOf({ finishedAt, endedRuns, asleep, failedAttempts }: Ledger, totals: Totals): string {
  return figures(finishedAt.size / totals.steps, [
    `${pad(finishedAt.size, totals.steps)}/${totals.steps} steps`,
    `${pad(endedRuns.size, totals.runs)}/${totals.runs} runs`,
    `${pad(asleep.size, 99)} asleep`,
    `${pad(failedAttempts, 99)} failures`,
  ]);
}
