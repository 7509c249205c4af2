// Has one run repeated, from its start or from a step on, with what people gave otherwise. Everything that is taken over comes from the journal.
import type { RunId, StepKey } from "../../core/ids.ts";
import { NOT_SEALED, type Sealing } from "../../core/sealing.ts";
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { tellPartition } from "../../task/tell-partition.ts";
import type { EmitPolicy } from "../../workflow/run/rerun-state.ts";
import { readRun } from "../history/one-run.ts";
import { MAX_RERUN_BYTES, rerunCommand, rerunId } from "./command.ts";
import { checkEdits, sealedFor, stepsBefore, type RerunEdits } from "./edits.ts";
import { RerunError } from "./rerun-error.ts";

export interface RerunOneOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal" | "inbox">;
  readonly partitions: number;
  readonly run: RunId;
  /** Where it is. */
  readonly partition: number;
  /** An offset of its partition's journal at which it had not begun, or the one at which it did. */
  readonly journalFrom: number;
  /** Steps that came to something before this one did are taken over; itself, where people say what it came to. Null: none are. */
  readonly from: StepKey | null;
  readonly edits: RerunEdits;
  /** What people give otherwise is sealed for whom the event's data was. Default: nothing is. */
  readonly sealing?: Sealing | null;
  /** Given again, it makes no second re-run. */
  readonly operation: string;
  readonly emit: EmitPolicy;
  readonly signal?: AbortSignal;
}

/** Resolves with the id of the re-run when the log has the command. @throws RerunError, JournalError, LogError */
export async function rerunOne(options: RerunOneOptions): Promise<RunId> {
  const { log, topics, partitions, run, partition, journalFrom, from, operation, emit } = options;
  const cancellable = options.signal === undefined ? {} : { signal: options.signal };
  const journal = { topic: topics.journal, partition };
  const past = await readRun({ log, journal, run, from: journalFrom, ...cancellable });
  if (past === null) {
    throw new RerunError("RERUN_NO_RUN", `the journal does not tell how run ${run} began: it has not started, or that part was deleted`);
  }
  if (past.end.kind === "running") {
    throw new RerunError("RERUN_NOT_OVER", `run ${run} is not over: cancel it first, then repeat it`);
  }
  const edits = sealedFor(past, options.edits, options.sealing ?? NOT_SEALED);
  const before = stepsBefore(past, from);
  const keep = from !== null && edits.outputs.has(from) ? [...before, from] : before;
  checkEdits(past, keep, edits);
  const command = rerunCommand(past, { operation, emit, keep, edits });
  if (command === null) {
    const most = `${MAX_RERUN_BYTES / 1024 / 1024} MiB`;
    throw new RerunError(
      "RERUN_TOO_LARGE",
      `what a re-run of ${run} would take over has more than ${most}: repeat it from an earlier step`,
    );
  }
  await tellPartition({ log, inbox: topics.inbox, partitions, ...cancellable }, partition, command);
  return rerunId(past, operation);
}
