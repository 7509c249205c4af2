// millrace cancel, millrace release: what people tell a run, through the inbox of its partition.
import type { Command } from "commander";
import { cancelCommand, releaseCommand, tellRun, type RunCommand } from "../engine/sdk/run-commands.ts";
import { withAppLog, withLogFlags, type LogFlags } from "./app-log.ts";

export function cancelRunCommand(command: Command): Command {
  return withLogFlags(command)
    .description("cancel a run, between its steps; one that is over is left as it is")
    .argument("<runId>", "the run's id")
    .option("--reason <text>", "told to its onCancel and in the journal")
    .action((runId: string, flags: LogFlags & { readonly reason?: string }) => tell(flags, cancelCommand(runId, flags.reason)));
}

export function releaseRunCommand(command: Command): Command {
  return withLogFlags(command)
    .description("let a parked or quarantined run go on")
    .argument("<runId>", "the run's id")
    .action((runId: string, flags: LogFlags) => tell(flags, releaseCommand(runId)));
}

/** It is in the log then; whoever owns the partition decides it, now or when it runs again. */
async function tell(flags: LogFlags, command: RunCommand): Promise<void> {
  await withAppLog(flags, ({ log, topics, partitions }) => tellRun({ log, inbox: topics.inbox, partitions }, command));
  process.stdout.write(`${JSON.stringify({ type: command.type, run: command.run })}\n`);
}
