// Ready: the app has started, and every partition that this process owns is restored. The history does not count: events are taken and runs go on
// without it, and a disk that is new, or full, is no reason to keep a process from its work.
import type { Health } from "./http/health.ts";
import type { AppHandle, HistoryProgress } from "./served-app.ts";

const SERVED: readonly string[] = ["RUNNING", "LEAVING"];

/** Of a partition that this process owns: it is worked on, also while it is being left, until another has it. */
export function isServed({ status }: { readonly status: string }): boolean {
  return SERVED.includes(status);
}

export function readiness(
  { app }: { readonly app: Pick<AppHandle, "status"> },
  { history, isStarted }: { readonly history: HistoryProgress | null; readonly isStarted: boolean },
): Health {
  const opening = app.status().filter((report) => !isServed(report));
  const waitsFor = [
    ...(isStarted ? [] : ["the app to start"]),
    ...(opening.length === 0 ? [] : [`partitions: ${opening.map(({ partition, status }) => `${partition} (${status})`).join(", ")}`]),
  ];
  return { isReady: waitsFor.length === 0, waitsFor, history: history === null ? "complete" : standOf(history) };
}

function standOf(history: HistoryProgress): Health["history"] {
  if (history.gaps().length > 0) return "incomplete";
  return history.hasCaughtUp ? "complete" : "reading";
}
