// Ready: every partition that this process owns is restored, and the history has had what was there.
import type { Health } from "./http/health.ts";
import type { AppHandle } from "./served-app.ts";

/** How a history fares, for whoever asks it. */
export interface HistoryProgress {
  readonly hasCaughtUp: boolean;
  /** Records that it is behind; null while it is read for the first time. */
  lag(): number | null;
  /** What it lacks, in words. */
  gaps(): readonly string[];
}

/** A partition that is being left is still served. */
const SERVED: readonly string[] = ["RUNNING", "LEAVING"];

export function readiness(
  { app }: { readonly app: Pick<AppHandle, "status"> },
  { history, isStarted }: { readonly history: HistoryProgress | null; readonly isStarted: boolean },
): Health {
  const opening = app.status().filter(({ status }) => !SERVED.includes(status));
  const waitsFor = [
    ...(isStarted ? [] : ["the app to start"]),
    ...(opening.length === 0 ? [] : [`partitions: ${opening.map(({ partition, status }) => `${partition} (${status})`).join(", ")}`]),
    ...(history === null || history.hasCaughtUp ? [] : ["the run history"]),
  ];
  return { isReady: waitsFor.length === 0, waitsFor };
}
