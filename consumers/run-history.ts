// The role that keeps a run history: follows an app's journal and projects it into a file of SQLite, beside others of its group.
import { RunHistory } from "./run-history/run-history-sink.ts";
import type { Log } from "../engine/log/log.ts";
import type { Logger } from "../engine/observability/logger.ts";
import { groupOf, type AppTopics } from "../engine/task/app-topics.ts";
import type { FeedReport } from "../engine/worker/sink/partition-feed.ts";
import { feedToEnd, runSink } from "../engine/worker/sink/run-sink.ts";

export interface RunHistoryOptions {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
  /** The file of SQLite. */
  readonly file: string;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Projects what is there, and resolves with how far each partition came. @throws HistoryError, LogError */
export async function projectToEnd({ log, topics, partitions, file, logger, signal }: RunHistoryOptions): Promise<readonly FeedReport[]> {
  using history = openHistory(file, topics);
  return await feedToEnd({ log, sink: history, topic: topics.journal, partitions, logger, signal });
}

/** Follows the journal until the signal aborts. `onReport` hears every second how it fares. @throws HistoryError, LogError */
export async function followJournal(options: RunHistoryOptions, onReport: (report: readonly FeedReport[]) => void): Promise<void> {
  const { log, topics, file, logger, signal } = options;
  using history = openHistory(file, topics);
  const running = await runSink({ log, sink: history, topics: [topics.journal], group: `${groupOf(topics)}.run-history`, logger });
  const timer = setInterval(() => onReport(running.report()), 1_000);
  try {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  } finally {
    clearInterval(timer);
    await running.close();
  }
}

function openHistory(file: string, topics: AppTopics): RunHistory {
  return new RunHistory(file, { app: groupOf(topics), topic: topics.journal });
}
