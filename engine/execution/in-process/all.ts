// step.all: tasks side by side, so many at a time. The next begins when one is done, which is as deterministic as the order of outcomes.
import { ConfigurationError } from "../../core/configuration-error.ts";
import type { Place } from "./asked-step.ts";
import { Branch } from "./branch.ts";
import { begin } from "./race.ts";

export type Task = (place: Place) => unknown;

export function all({ live, branch: outer }: Place, tasks: readonly Task[], concurrency: number): Promise<readonly unknown[]> {
  if (!(concurrency >= 1 && (Number.isInteger(concurrency) || concurrency === Number.POSITIVE_INFINITY))) {
    throw new ConfigurationError("INVALID_STEP", `step.all: concurrency is a whole number from 1 on, not ${String(concurrency)}`);
  }
  const branch = new Branch(outer);
  const place = { live, branch };
  const results = Array.from<unknown>({ length: tasks.length });
  const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>();
  let begun = 0;
  let done = 0;
  const beginNext = (): void => {
    const index = begun++;
    begin(() => tasks[index]?.(place)).then(
      (result) => {
        results[index] = result;
        if (branch.isClosed) return;
        if (++done === tasks.length) resolve(results);
        else if (begun < tasks.length) beginNext();
      },
      (error: unknown) => {
        if (branch.isClosed) return;
        live.callOff([branch], "another of the tasks failed");
        reject(error);
      },
    );
  };
  if (tasks.length === 0) resolve(results);
  while (begun < Math.min(concurrency, tasks.length)) beginNext();
  return promise;
}
