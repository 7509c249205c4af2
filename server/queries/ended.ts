// Waiting for the end of a run: it is looked at again when something changed, until the time is over.
import type { HistoryDatabase } from "../../consumers/run-history/database.ts";
import { listedRun, type ListedRun } from "../../consumers/run-history/list-runs.ts";
import type { LiveHub } from "../served-app.ts";

export interface Waiting {
  readonly history: HistoryDatabase;
  readonly live: LiveHub;
  readonly timeoutMs: number;
  /** Whoever waits went away; or the server ends. */
  readonly signals: readonly AbortSignal[];
}

const LOOK_MS = 1_000;

/** As it is when it is over, or as it is then; null: it is not there. */
export async function whenEnded(run: string, { history, live, timeoutMs, signals }: Waiting): Promise<ListedRun | null> {
  const look = (): ListedRun | null => listedRun(history, run);
  const known = look();
  if (timeoutMs === 0 || isOver(known)) return known;
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      stopHearing();
      clearTimeout(timer);
      clearInterval(beat);
      for (const signal of signals) signal.removeEventListener("abort", leave);
      settle();
    };
    const looked = (isLast: boolean): void => {
      try {
        const found = look();
        if (isLast || isOver(found)) end(() => resolve(found));
      } catch (error) {
        end(() => reject(error));
      }
    };
    const leave = (): void => end(() => resolve(known));
    const stopHearing = live.hear((message) => {
      if (message.type === "runs" && (message.ids === null || message.ids.includes(run))) looked(false);
    });
    // The history may be written by somebody else, who tells nobody.
    const beat = setInterval(() => looked(false), LOOK_MS);
    const timer = setTimeout(() => looked(true), timeoutMs);
    for (const signal of signals) signal.addEventListener("abort", leave, { once: true });
    // It may have ended before anybody heard.
    if (signals.some(({ aborted }) => aborted)) leave();
    else looked(false);
  });
}

export function isOver(run: Pick<ListedRun, "status"> | null): boolean {
  return run !== null && ["completed", "failed", "cancelled", "skipped"].includes(run.status);
}
