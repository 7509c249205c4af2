// A run that somebody was told of a moment ago may not be in the history that is asked: it is waited for, and not said to be missing.
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../client/api-error.ts";
import { Interrupted } from "../exit-codes.ts";
import { say } from "../say.ts";

export interface Wait {
  readonly id: string;
  readonly patienceMs: number;
  /** Ctrl-C. */
  readonly signal?: AbortSignal;
}

const LOOK_MS = 250;

/**
 * What `ask` answers, as soon as that is anything but 404. How old a run is its id does not tell: that of a re-run has the time of the event that led to
 * the first one. @throws ApiError `NOT_FOUND`; Interrupted
 */
export async function onceThere<Answer>({ id, patienceMs, signal }: Wait, ask: () => Promise<Answer>): Promise<Answer> {
  const end = performance.now() + patienceMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404 || performance.now() >= end) throw error;
    }
    if (isFirst) say(`run ${id} is not there yet: it is waited for`);
    await sleep(LOOK_MS, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    if (signal?.aborted === true) throw new Interrupted(`run ${id} is not there yet`);
  }
}
