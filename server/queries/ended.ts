// Waiting for the end of a run: it is looked at again when something changed, until the time is over.
import type { HistoryDatabase } from "../../consumers/run-history/database.ts";
import { listedRun, type ListedRun } from "../../consumers/run-history/list-runs.ts";
import type { LiveHub } from "../served-app.ts";

export interface Waiting {
  readonly history: HistoryDatabase;
  readonly live: LiveHub;
  readonly timeoutMs: number;
  /** Whoever waits went away. */
  readonly signal: AbortSignal;
}

const LOOK_MS = 1_000;

/** As it is when it is over, or as it is then; null: it is not there. */
export async function whenEnded(run: string, { history, live, timeoutMs, signal }: Waiting): Promise<ListedRun | null> {
  const look = (): ListedRun | null => listedRun(history, run);
  const known = look();
  if (timeoutMs === 0 || isOver(known)) return known;
  return new Promise((resolve, reject) => {
    const end = (found: ListedRun | null): void => {
      stopHearing();
      clearTimeout(timer);
      clearInterval(beat);
      signal.removeEventListener("abort", leave);
      resolve(found);
    };
    const looked = (isLast: boolean): void => {
      try {
        const found = look();
        if (isLast || isOver(found)) end(found);
      } catch (error) {
        end(null);
        reject(error);
      }
    };
    const leave = (): void => end(known);
    const stopHearing = live.hear((message) => {
      if (message.type === "runs" && (message.ids === null || message.ids.includes(run))) looked(false);
    });
    // The history may be written by somebody else, who tells nobody.
    const beat = setInterval(() => looked(false), LOOK_MS);
    const timer = setTimeout(() => looked(true), timeoutMs);
    signal.addEventListener("abort", leave, { once: true });
    // It may have ended before anybody heard.
    if (signal.aborted) leave();
    else looked(false);
  });
}

export function isOver(run: Pick<ListedRun, "status"> | null): boolean {
  return run !== null && ["completed", "failed", "cancelled", "skipped"].includes(run.status);
}
