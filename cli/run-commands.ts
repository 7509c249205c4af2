// millrace cancel, millrace release: what people tell a run. By its server, which writes down who said so; or by the inbox of its partition.
import type { Command } from "commander";
import { cancelCommand, releaseCommand, tellRun, type RunCommand } from "../engine/sdk/run-commands.ts";
import type { Accepted } from "../server/contract/runs.ts";
import { withAppLog, type LogFlags } from "./app-log.ts";
import { audited } from "./audited.ts";
import { CliError } from "./cli-error.ts";
import { part } from "./client/api-client.ts";
import { bulk, type BulkFlags } from "./client/bulk.ts";
import { onceAsked } from "./client/once-asked.ts";
import { clientOf } from "./client/server-flags.ts";
import { asksEither, logFlagsOf, type EitherFlags } from "./client/where.ts";
import { printJson, printText } from "./print/result.ts";
import { checkWhich } from "./runs/rerun.ts";
import { checkFunctionOrItsRuns, isFiltered, runFilterOf, withRunFilter, type FilterFlags } from "./runs/run-filter.ts";
import { runIdOf } from "./runs/run-id.ts";
import { serverSource } from "./runs/server-source.ts";

interface TellFlags extends EitherFlags, FilterFlags, BulkFlags {
  readonly reason?: string;
  readonly json?: true;
}

export function cancelRunCommand(command: Command): Command {
  return about(command, "cancel")
    .description("cancel a run, between its steps, or all that a filter means: without --yes it only says how many")
    .option("--reason <text>", "told to its onCancel and in the journal")
    .action((run: string | undefined, flags: TellFlags) => tell("cancel", run, flags));
}

export function releaseRunCommand(command: Command): Command {
  return about(command, "release")
    .description("let a parked or quarantined run go on, or all that a filter means: without --yes it only says how many")
    .action((run: string | undefined, flags: TellFlags) => tell("release", run, flags));
}

function about(command: Command, what: Action): Command {
  return withRunFilter(asksEither(command))
    .argument("[run]", "the run's id, or its beginning; without one, all that the filter means")
    .option("--yes", `by filter: ${what} them`);
}

type Action = "cancel" | "release";
const DONE: Readonly<Record<Action, string>> = { cancel: "cancelled", release: "released" };

async function tell(action: Action, run: string | undefined, flags: TellFlags): Promise<void> {
  const filter = runFilterOf(flags);
  checkWhich(run, isFiltered(filter));
  const direct = logFlagsOf(flags);
  if (direct !== null) {
    if (run === undefined) throw new CliError("CLI_BAD_CHOICE", "a filter needs a server: leave out --app, or name one run");
    return tellDirectly(direct, action === "cancel" ? cancelCommand(run.toUpperCase(), flags.reason) : releaseCommand(run.toUpperCase()));
  }
  const client = clientOf(flags);
  const reason = flags.reason === undefined ? {} : { reason: flags.reason };
  if (run === undefined) {
    const body = { action, filter, ...reason };
    const checkNone = (): Promise<void> => checkFunctionOrItsRuns(serverSource(client), flags.function);
    return bulk(client, { at: "/bulk/runs", body, one: "run", many: "runs", done: DONE[action], checkNone }, flags);
  }
  const id = await runIdOf(serverSource(client), run);
  const { detail } = await onceAsked(client.post<Accepted>(`/runs/${part(id)}/${action}`, reason));
  if (flags.json === true) printJson({ type: action === "cancel" ? "CancelRun" : "ReleaseRun", run: id });
  else printText(detail);
}

/** It is in the log then; whoever owns the partition decides it, now or when it runs again. */
async function tellDirectly(flags: LogFlags, command: RunCommand): Promise<void> {
  const deed =
    command.type === "CancelRun"
      ? { operation: "run.cancel", target: command.run, parameters: { reason: command.reason } }
      : { operation: "run.release", target: command.run };
  await withAppLog(flags, (app) =>
    audited(app, deed, () => tellRun({ log: app.log, inbox: app.topics.inbox, partitions: app.partitions }, command)),
  );
  printJson({ type: command.type, run: command.run });
}
