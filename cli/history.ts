// millrace history: the role run-history, as a command.
import type { Command } from "commander";
import { followJournal, projectToEnd, type RunHistoryOptions } from "../consumers/run-history.ts";
import type { FeedReport } from "../engine/worker/sink/partition-feed.ts";
import { toStandardError, withAppLog, withLogFlags, type AppLog, type LogFlags } from "./app-log.ts";
import { commandAgain } from "./client/command-again.ts";
import { Interrupted } from "./exit-codes.ts";
import { progressOf } from "./progress.ts";
import { say } from "./say.ts";

interface HistoryFlags extends LogFlags {
  readonly file: string;
  readonly once?: true;
}

export function historyCommand(command: Command): Command {
  return withLogFlags(command)
    .description(
      "project an app's journal into a file of SQLite, for `millrace runs`: what is there, and what comes, until it is told to end",
    )
    .option("--file <file>", "the history; made where there is none, and gone on with where it was left", "history.db")
    .option("--once", "end where the journal ends (an embedded log, which is for one process, is always read like this)")
    .action((flags: HistoryFlags) => withAppLog(flags, (app) => project(app, flags)));
}

async function project(app: AppLog, { file, once }: HistoryFlags): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  const options: RunHistoryOptions = { ...app, file, logger: toStandardError, signal: stop.signal };
  if (once !== true && app.log.description.startsWith("kafka")) return followJournal(options, tell());
  const reports = await projectToEnd(options);
  if (stop.signal.aborted) throw new Interrupted(`stopped: ${file} has what was read. To go on: ${commandAgain()}`);
  for (const report of reports) if (report.state === "stopped") process.exitCode = 1;
  const count = reports.filter(({ state }) => state === "ended").length;
  say(`${file}: ${count} of ${reports.length} partitions are projected to their ends`);
}

/** On a terminal, a line of how far it is. */
function tell(): (reports: readonly FeedReport[]) => void {
  const progress = progressOf("run history");
  return (reports) => {
    const lag = reports.reduce((sum, report) => sum + (report.lag ?? 0), 0);
    const done = reports.reduce((sum, report) => sum + (report.next ?? 0), 0);
    progress.at(done, done + lag, `${reports.length} partitions, ${lag.toLocaleString("en")} entries behind`);
  };
}
