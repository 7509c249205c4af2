// millrace runs watch: one run until it is over, or all that a filter means, line by line as they change.
import type { Command } from "commander";
import type { ListedRun, ShownRun } from "../../server/contract/runs.ts";
import { part, type ApiClient } from "../client/api-client.ts";
import { liveMessages } from "../client/live.ts";
import { asksServer, clientOf, type ServerFlags } from "../client/server-flags.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { plainText } from "../../engine/core/plain-text.ts";
import { printJson, printLines } from "../print/result.ts";
import { colorsFor } from "../print/table.ts";
import { durationText, timeText } from "../print/times.ts";
import { momentsOf } from "../run-lines.ts";
import { say } from "../say.ts";
import { onceThere } from "./once-there.ts";
import { isFiltered, runFilterOf, withRunFilter, type FilterFlags } from "./run-filter.ts";
import { runIdOf } from "./run-id.ts";
import { RunChanges } from "./run-changes.ts";
import type { RunFilter } from "./run-source.ts";
import { statusCell } from "./run-table.ts";
import { serverSource } from "./server-source.ts";

type WatchFlags = ServerFlags & FilterFlags;

const OVER: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "skipped"]);
/** Of who is to see it to its end: its partition may have to be taken over first. */
const PATIENCE_MS = 30_000;

export function watchCommand(command: Command): Command {
  return withRunFilter(asksServer(command, "as JSON: of one run each state of it, else a line each change"))
    .description("follow a run until it is over, or, by a filter, runs as they change. Exits with 1 where that one run did not complete")
    .argument("[run]", "the run's id, or its beginning; without one, all that the filter means")
    .action(async (run: string | undefined, flags: WatchFlags) => {
      const filter = runFilterOf(flags);
      if (run !== undefined && isFiltered(filter)) throw new CliError("CLI_BAD_CHOICE", "a run, or a filter: not both");
      const client = clientOf(flags);
      const end = new AbortController();
      const hear = (): void => end.abort();
      for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, hear);
      if (run === undefined) await watchAll(client, filter, flags, end.signal);
      else await watchOne(client, await runIdOf(serverSource(client), run), flags, end);
    });
}

async function watchOne(client: ApiClient, id: string, flags: WatchFlags, end: AbortController): Promise<void> {
  const printed = new Set<string>();
  let last = "";
  const show = async (): Promise<ShownRun> => {
    const run = await onceThere({ id, patienceMs: PATIENCE_MS, signal: end.signal }, () => client.get<ShownRun>(`/runs/${part(id)}`));
    if (flags.json === true) {
      const text = JSON.stringify(run);
      if (text !== last) process.stdout.write(`${text}\n`);
      last = text;
    } else {
      // Lines of what is under way say more when it is over: each is printed once.
      const lines = momentsOf(run).filter((line) => !printed.has(line));
      for (const line of lines) printed.add(line);
      printLines(lines);
    }
    return run;
  };
  for await (const told of liveMessages(client, end.signal)) {
    if (told.type !== "begun" && !(told.type === "runs" && (told.ids === null || told.ids.includes(id)))) continue;
    const run = await show();
    if (!OVER.has(run.status)) continue;
    end.abort();
    if (run.status !== "completed") process.exitCode = EXIT.failed;
    return;
  }
  process.exitCode = EXIT.interrupted;
  say(`it goes on: millrace runs watch ${id}`);
}

async function watchAll(client: ApiClient, filter: RunFilter, flags: WatchFlags, signal: AbortSignal): Promise<void> {
  const changes = new RunChanges(serverSource(client), filter);
  let isTold = false;
  for await (const told of liveMessages(client, signal)) {
    if (told.type !== "begun" && told.type !== "runs") continue;
    const { changed, isWhole } = await changes.next(told.type === "runs" ? told.ids : null);
    for (const run of changed) print(run, flags);
    if (isWhole || isTold) continue;
    isTold = true;
    say(
      "not every change is told: they come too fast, or the connection broke, or --search means older runs. `millrace runs list` has how they are",
    );
  }
}

function print(run: ListedRun, flags: WatchFlags): void {
  if (flags.json === true) return printJson(run);
  const { id, functionId, status, event, startedAt, queuedAt, endedAt, reason } = run;
  const cell = statusCell(status.padEnd(11));
  const said = [
    timeText(endedAt ?? startedAt ?? queuedAt),
    id,
    cell.paint?.(colorsFor())(cell.text) ?? cell.text,
    plainText(functionId),
    plainText(event?.name ?? ""),
    startedAt === null || endedAt === null ? "" : durationText(endedAt - startedAt),
    plainText(reason ?? ""),
  ];
  printLines([said.filter((text) => text !== "").join("  ")]);
}
