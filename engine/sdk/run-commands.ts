// What people tell a run: through the inbox of its partition, like what runs tell each other, so nobody need be connected to its worker.
import { ConfigurationError } from "../core/configuration-error.ts";
import { parseRunId, partitionOfRun, type RunId } from "../core/ids.ts";
import type { MessageBody } from "../workflow/records.ts";
import { tellPartition, type CommandTarget } from "../task/tell-partition.ts";

export type RunCommand = Extract<MessageBody, { readonly type: "CancelRun" | "ReleaseRun" }>;

const MAX_REASON = 1_000;

/** @throws ConfigurationError `INVALID_RUN_ID` */
export function cancelCommand(runId: string, reason = "cancelled by request"): RunCommand {
  return { type: "CancelRun", run: checkedRunId(runId), reason: reason.slice(0, MAX_REASON).toWellFormed() };
}

/** @throws ConfigurationError `INVALID_RUN_ID` */
export function releaseCommand(runId: string): RunCommand {
  return { type: "ReleaseRun", run: checkedRunId(runId) };
}

/** Resolves when the log has it. @throws ConfigurationError `INVALID_RUN_ID`, LogError */
export async function tellRun(target: CommandTarget, command: RunCommand): Promise<void> {
  const partition = partitionOfRun(command.run);
  const { partitions } = target;
  if (partition >= partitions) throw invalid(command.run, `it names partition ${partition}, and the app has ${partitions}`);
  await tellPartition(target, partition, command);
}

function checkedRunId(text: string): RunId {
  return parseRunId(text) ?? invalidId(text);
}

function invalidId(text: string): never {
  throw invalid(text, "an id has 26 digits and capital letters, as a handler gets it as runId");
}

function invalid(text: string, problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_RUN_ID", `${JSON.stringify(text)} is no run of this app: ${problem}`);
}
