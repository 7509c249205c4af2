// Runs of all functions together, over the last minutes. Pure.
import type { ListedFunction } from "../../../../server/contract/functions.ts";
import type { Line } from "../../charts/line-chart.tsx";

export interface Rates {
  readonly minutes: number;
  readonly lines: readonly Line[];
}

/** Null where there are no functions. */
export function ratesOf(functions: readonly Pick<ListedFunction, "rates">[]): Rates | null {
  const [first] = functions;
  if (first === undefined) return null;
  const { minutes, bucketMs, begins, completed } = first.rates;
  const sum = (of: "completed" | "failed") =>
    completed.map((_, at) => ({
      at: begins + at * bucketMs,
      value: functions.reduce((all, { rates }) => all + (rates[of][at] ?? 0), 0),
    }));
  return {
    minutes,
    lines: [
      { name: "completed", tone: "good", points: sum("completed") },
      { name: "failed", tone: "bad", points: sum("failed") },
    ],
  };
}
