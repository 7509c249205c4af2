// Has one run repeated, from its start or from a step on, with what people gave otherwise. Everything that is taken over comes from the journal.
import type { RunId, StepKey } from "../../core/ids.ts";
import { NOT_SEALED, type Sealing } from "../../core/sealing.ts";
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { tellPartition } from "../../task/tell-partition.ts";
import type { RerunRun } from "../../workflow/records.ts";
import type { EmitPolicy } from "../../workflow/run/rerun-state.ts";
import { readRun } from "../history/one-run.ts";
import type { PastRun } from "../history/past-run.ts";
import { MAX_RERUN_BYTES, rerunCommand, rerunId } from "./command.ts";
import { checkEdits, sealedFor, stepsBefore, type RerunEdits } from "./edits.ts";
import { followReruns } from "./follow.ts";
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
  /** A run that is not over is cancelled by the decision that begins its re-run. Without it, it is refused. */
  readonly cancel?: boolean;
  /** Given again, it makes no second re-run. */
  readonly operation: string;
  readonly emit: EmitPolicy;
  readonly signal?: AbortSignal;
}

/** How often a run is looked at again that went on before its partition had the command. */
const LOOKS = 5;
/** For what its partition says to the command: where nobody owns that, it waits in the log. */
const HEARD_MS = 3_000;

/**
 * Resolves with the id of the re-run when the log has the command; where a run is cancelled by it, when that is decided, or nobody decides it for
 * some seconds. @throws RerunError, JournalError, LogError
 */
export async function rerunOne(options: RerunOneOptions): Promise<RunId> {
  const { log, topics, partitions, partition, operation, signal } = options;
  const cancellable = signal === undefined ? {} : { signal };
  let past = await pastOf(options);
  for (let looks = 0; looks < LOOKS; looks++) {
    const from = await log.latestOffset({ topic: topics.journal, partition });
    const command = commandOf(past, options);
    await tellPartition({ log, inbox: topics.inbox, partitions, ...cancellable }, partition, command);
    const id = rerunId(past, operation);
    if (command.cancels === null || !(await isRefused(id, from, options))) return id;
    const then = past;
    past = await pastOf(options);
    // It was refused for something else, which the history of the re-run says.
    if (past.end.kind === "running" && past.state.outcomes === then.state.outcomes) return id;
  }
  throw new RerunError(
    "RERUN_GOES_ON",
    `run ${options.run} has gone on each of the ${LOOKS} times that it was looked at, and nothing was done. Give the same again, or cancel it first`,
  );
}

async function pastOf({ log, topics, run, partition, journalFrom, cancel = false, signal }: RerunOneOptions): Promise<PastRun> {
  const journal = { topic: topics.journal, partition };
  const past = await readRun({ log, journal, run, from: journalFrom, ...(signal === undefined ? {} : { signal }) });
  if (past === null) {
    throw new RerunError("RERUN_NO_RUN", `the journal does not tell how run ${run} began: it has not started, or that part was deleted`);
  }
  if (past.end.kind === "running" && !cancel) {
    throw new RerunError("RERUN_NOT_OVER", `run ${run} is not over: with \`cancel\` it is cancelled by what begins its re-run`);
  }
  return past;
}

function commandOf(past: PastRun, { run, from, operation, emit, ...options }: RerunOneOptions): RerunRun {
  const edits = sealedFor(past, options.edits, options.sealing ?? NOT_SEALED);
  const before = stepsBefore(past, from);
  const keep = from !== null && edits.outputs.has(from) ? [...before, from] : before;
  checkEdits(past, keep, edits);
  const command = rerunCommand(past, { operation, emit, keep, edits });
  if (command !== null) return command;
  const most = `${MAX_RERUN_BYTES / 1024 / 1024} MiB`;
  throw new RerunError("RERUN_TOO_LARGE", `what a re-run of ${run} would take over has more than ${most}: repeat it from an earlier step`);
}

async function isRefused(id: RunId, from: number, { log, topics, partition, signal }: RerunOneOptions): Promise<boolean> {
  const offsets: number[] = [];
  offsets[partition] = from;
  const { refused } = await followReruns({
    log,
    journal: topics.journal,
    from: offsets,
    runs: new Set([id]),
    until: "begun",
    patienceMs: HEARD_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  return refused.has(id);
}
