// Why a run that there is may not be in the history, or not be there as it is by now.
import type { HistoryProgress } from "../served-app.ts";

export interface HistoryLacks {
  /** In words. */
  readonly why: string;
  /** It may be long until it is there, if ever: what it says of a run may be old. */
  readonly isLasting: boolean;
}

/** Null: it has all that there was, up to now. */
export function historyLacks(progress: HistoryProgress | null): HistoryLacks | null {
  if (progress === null) return null;
  const gaps = progress.gaps();
  if (gaps.length > 0) return { why: gaps.join("; "), isLasting: true };
  const lag = progress.lag();
  if (lag === null) return { why: "it is being read for the first time", isLasting: true };
  return lag === 0 ? null : { why: `it is ${lag} records behind the journal`, isLasting: false };
}
