// What users import as millrace/run-history: a sink that keeps an app's runs in a file of SQLite, and questions to such a file.
import type { Sink } from "../../engine/worker/sink/sink.ts";
import { RunHistory } from "./run-history-sink.ts";

/**
 * For `app.createSink({ id: "run-history", journal: runHistory("history.db") })`: the app keeps a history of its runs itself. The file is made
 * where there is none; processes of one machine may share it. @throws HistoryError when the app starts
 */
export function runHistory(file: string): (of: { readonly app: string; readonly topic: string }) => Sink & Disposable {
  return (of) => new RunHistory(file, of);
}

export { openToAsk as openHistory, type HistoryDatabase } from "./database.ts";
export { gapsOf, type Gap } from "./gaps.ts";
export { HistoryError, type HistoryErrorCode } from "./history-error.ts";
export { lineageOf, type Lineage, type LineageLimits, type Link, type RunNode } from "./lineage.ts";
export { type Page } from "./cursor.ts";
export { pageOfEvents, type EventPageWanted, type EventsWanted, type ListedEvent } from "./list-events.ts";
export {
  countRuns,
  listRuns,
  pageOfRuns,
  RUN_STATUSES,
  type ListedRun,
  type RunFilter,
  type RunPageWanted,
  type RunStatus,
  type RunsWanted,
  type SearchIn,
} from "./list-runs.ts";
export { showRun, type FailedAttempt, type RunError, type SentEvent, type ShownEvent, type ShownRun, type ShownStep } from "./show-run.ts";
