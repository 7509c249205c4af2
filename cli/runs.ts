// millrace runs: an app's runs, asked of a server, or of a file that `millrace history` makes; and what people do with them.
import type { Command } from "commander";
import type { LogLines } from "../server/contract/runs.ts";
import { wholeNumber } from "./app-log.ts";
import { CliError } from "./cli-error.ts";
import { part } from "./client/api-client.ts";
import { allPages } from "./client/pages.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { printJson, printLines, printList } from "./print/result.ts";
import { plainText } from "../engine/core/plain-text.ts";
import { cancelRunCommand, releaseRunCommand } from "./run-commands.ts";
import { runLines } from "./run-lines.ts";
import { rerunCommand } from "./runs/rerun.ts";
import { checkFunction, runFilterOf, withRunFilter, type FilterFlags } from "./runs/run-filter.ts";
import { runIdOf } from "./runs/run-id.ts";
import { runColumns } from "./runs/run-table.ts";
import type { RunSource } from "./runs/run-source.ts";
import { watchCommand } from "./runs/watch.ts";

interface Flags extends ServerFlags {
  readonly history?: string;
}

interface ListFlags extends Flags, FilterFlags {
  readonly cursor?: string;
  readonly limit: string;
}

export function runsCommand(command: Command): Command {
  command.description("runs: listed, shown, watched, cancelled, repeated");
  withRunFilter(asking(command.command("list")))
    .description("list runs, newest first")
    .option("--cursor <cursor>", "go on where another list ended")
    .option("--limit <number>", "at most so many", "50")
    .action((flags: ListFlags) => withSource(flags, (source) => list(source, flags)));
  asking(command.command("show"), "as JSON")
    .description("show a run: what it did and when, why it does not move, what it came of, and what came of it")
    .argument("<run>", "the run's id, or its beginning")
    .action((run: string, flags: Flags) => withSource(flags, (source) => show(source, run, flags)));
  watchCommand(command.command("watch"));
  cancelRunCommand(command.command("cancel"));
  releaseRunCommand(command.command("release"));
  rerunCommand(command.command("rerun"));
  asksServer(command.command("logs"))
    .description("print the last lines that a run logged, as its server has them")
    .argument("<run>", "the run's id, or its beginning")
    .action((run: string, flags: ServerFlags) => withSource(flags, (source) => logs(source, run, flags)));
  return command;
}

function asking(command: Command, json?: string): Command {
  return asksServer(command, json).option("--history <file>", "ask this file, as `millrace history` makes it, and no server");
}

async function withSource(flags: Flags, work: (source: RunSource) => Promise<void>): Promise<void> {
  const source = await sourceOf(flags);
  try {
    await work(source);
  } finally {
    source.close();
  }
}

/** Each is loaded where it is asked: a server needs no SQLite. */
async function sourceOf(flags: Flags): Promise<RunSource> {
  if (flags.history !== undefined && (flags.server !== undefined || flags.token !== undefined)) {
    throw new CliError("CLI_BAD_CHOICE", "--history asks a file, --server and --token a server: choose one");
  }
  if (flags.history !== undefined) return (await import("./runs/history-source.ts")).historySource(flags.history);
  return (await import("./runs/server-source.ts")).serverSource(clientOf(flags));
}

async function list(source: RunSource, flags: ListFlags): Promise<void> {
  const filter = runFilterOf(flags);
  const limit = wholeNumber("--limit", flags.limit, 1);
  const items = await allPages((most, cursor) => source.page(filter, most, cursor ?? null), limit, flags.cursor);
  if (items.length === 0) await checkFunction(source, flags.function);
  printList(items, { json: flags.json === true, columns: runColumns(), none: "no runs" });
}

async function show(source: RunSource, id: string, flags: Flags): Promise<void> {
  const { run, lineage } = await source.show(await runIdOf(source, id));
  if (flags.json === true) printJson({ ...run, lineage });
  else printLines(runLines(run, lineage));
}

async function logs(source: RunSource, id: string, flags: ServerFlags): Promise<void> {
  const run = await runIdOf(source, id);
  const { items, isCut } = await clientOf(flags).get<LogLines>(`/runs/${part(run)}/logs`);
  if (isCut) process.stderr.write("older lines were let go\n");
  if (items.length === 0) process.stderr.write("no lines: it logged none, or in another process than the one that is asked\n");
  for (const line of items) {
    if (flags.json === true) printJson(line);
    else {
      const { at, level, step, message, fields } = line;
      const said = [new Date(at).toISOString(), level.padEnd(5), step ?? "", message, fields ?? ""];
      printLines([
        said
          .filter((text) => text !== "")
          .map((text) => plainText(text))
          .join("  "),
      ]);
    }
  }
}
