// millrace runs: what a run history has of an app's runs. It is the file that is asked, not the app.
import type { Command } from "commander";
import { openToAsk, type HistoryDatabase } from "../consumers/run-history/database.ts";
import { lineageOf } from "../consumers/run-history/lineage.ts";
import { listRuns, RUN_STATUSES, type ListedRun, type RunFilter, type RunStatus } from "../consumers/run-history/list-runs.ts";
import { gapsOf } from "../consumers/run-history/gaps.ts";
import { showRun } from "../consumers/run-history/show-run.ts";
import { wholeNumber } from "./app-log.ts";
import { CliError } from "./cli-error.ts";
import { pastTime } from "./past-time.ts";
import { runLines } from "./run-lines.ts";

interface Flags {
  readonly history: string;
  readonly json?: true;
}

interface ListFlags extends Flags {
  readonly function?: string;
  readonly status?: string;
  readonly event?: string;
  readonly since?: string;
  readonly until?: string;
  readonly after?: string;
  readonly limit: string;
}

export function runsCommand(command: Command): Command {
  command.description("ask a run history, as `millrace history` makes it");
  withFile(command.command("list"))
    .description("list runs, newest first")
    .option("--function <id>", "only runs of this function")
    .option("--status <status>", `only runs that are ${RUN_STATUSES.slice(0, -1).join(", ")} or ${RUN_STATUSES.at(-1)}`)
    .option("--event <name>", "only runs that this event triggered")
    .option("--since <time>", "only runs from then on: an ISO 8601 time, or how long ago, e.g. 2h")
    .option("--until <time>", "only runs from before then")
    .option("--after <run>", "only runs behind this one in the list")
    .option("--limit <number>", "at most so many", "50")
    .action((flags: ListFlags) => asking(flags, (db) => list(db, flags)));
  withFile(command.command("show"))
    .description("show a run: what it did and when, what it came of, and what came of it")
    .argument("<run>", "the run's id")
    .action((run: string, flags: Flags) => asking(flags, (db) => show(db, run, flags)));
  return command;
}

function withFile(command: Command): Command {
  return command.option("--history <file>", "the history's file", "history.db").option("--json", "as JSON: a line a run");
}

function asking(flags: Flags, ask: (db: HistoryDatabase) => void): void {
  const db = openToAsk(flags.history);
  try {
    ask(db);
    for (const { partition, offset, reason } of gapsOf(db)) {
      process.stderr.write(`this history is not whole: journal partition ${partition}, offset ${offset}: ${reason}\n`);
    }
  } finally {
    db.close();
  }
}

function list(db: HistoryDatabase, flags: ListFlags): void {
  const runs = listRuns(db, filterOf(flags));
  if (flags.json === true) for (const run of runs) process.stdout.write(`${JSON.stringify(run)}\n`);
  else process.stdout.write(runs.length === 0 ? "no runs\n" : `${runs.map(lineOf).join("\n")}\n`);
}

function show(db: HistoryDatabase, id: string, flags: Flags): void {
  const run = showRun(db, id);
  const lineage = lineageOf(db, id);
  process.stdout.write(flags.json === true ? `${JSON.stringify({ ...run, lineage })}\n` : `${runLines(run, lineage).join("\n")}\n`);
}

function filterOf({ function: functionId, status, event, since, until, after, limit }: ListFlags): RunFilter {
  const [from, to] = [
    since === undefined ? undefined : pastTime("--since", since),
    until === undefined ? undefined : pastTime("--until", until),
  ];
  return {
    ...(functionId === undefined ? {} : { functionId }),
    ...(status === undefined ? {} : { status: statusOf(status) }),
    ...(event === undefined ? {} : { event }),
    ...(from === undefined ? {} : { since: from }),
    ...(to === undefined ? {} : { until: to }),
    ...(after === undefined ? {} : { after }),
    limit: wholeNumber("--limit", limit, 1),
  };
}

function statusOf(text: string): RunStatus {
  const status = RUN_STATUSES.find((one) => one === text);
  if (status !== undefined) return status;
  throw new CliError("CLI_BAD_STATUS", `--status is one of ${RUN_STATUSES.join(", ")}; not "${text}"`);
}

function lineOf({ id, functionId, status, event, queuedAt, startedAt, endedAt, reason }: ListedRun): string {
  const at = startedAt ?? queuedAt ?? endedAt;
  const when = at === null ? "" : new Date(at).toISOString();
  const took = startedAt === null || endedAt === null ? "" : `${endedAt - startedAt} ms`;
  const why = reason === null ? "" : `  ${reason.length > 100 ? `${reason.slice(0, 99)}…` : reason}`;
  return `${id}  ${when}  ${status.padEnd(11)}  ${functionId}  ${event?.name ?? ""}  ${took}${why}`.trimEnd();
}
