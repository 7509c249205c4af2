// Has runs repeated: a command for each goes to the inbox of its partition, so many a second; then their journals tell what became of it. What an
// earlier call of the same operation has begun is not begun again, so whoever was interrupted gives the same call once more.
import { setTimeout as delay } from "node:timers/promises";
import type { RunId, StepKey } from "../../core/ids.ts";
import { SealedRun } from "../../execution/in-process/sealed-run.ts";
import type { Log } from "../../log/log.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { tellPartition } from "../../task/tell-partition.ts";
import type { EmitPolicy } from "../../workflow/run/rerun-state.ts";
import { openHistory, type HistoryOptions, type MissingPart } from "../history/history.ts";
import type { PastRun } from "../history/past-run.ts";
import { rerunCommand, rerunId } from "./command.ts";

/** What becomes of a run that is not over: nothing is repeated at all, it is left out, or it is cancelled first. */
export type WhileRunning = "refuse" | "skip" | "cancel";
export const WHILE_RUNNING: readonly WhileRunning[] = ["refuse", "skip", "cancel"];

/** What becomes of a run that was cancelled: somebody may have had a reason to, so it is left out unless it is asked for. */
export type WhereCancelled = "skip" | "repeat";
export const WHERE_CANCELLED: readonly WhereCancelled[] = ["skip", "repeat"];

export interface ChosenRun {
  /** The run itself, or the newest that repeats it. */
  readonly run: RunId;
  /** Steps whose results are taken over, in this order. */
  readonly keep: readonly StepKey[];
}

export interface ApplyOptions extends Omit<HistoryOptions, "journal" | "onProgress"> {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal" | "inbox">;
  readonly operation: string;
  /** By the first run, where one repeats another. Null: all that the history has, from their start. */
  readonly chosen: ReadonlyMap<RunId, ChosenRun> | null;
  readonly emit: EmitPolicy;
  readonly whileRunning: WhileRunning;
  readonly whereCancelled: WhereCancelled;
  /** Runs a second; 0 for as fast as it goes. */
  readonly rate: number;
  readonly onProgress?: (told: number, total: number) => void;
}

export interface Applied {
  /** Ids of re-runs whose commands are in the log, by their originals. */
  readonly told: ReadonlyMap<RunId, RunId>;
  /** The same operation had begun these before. */
  readonly before: readonly RunId[];
  /** The re-runs of `before` that are not over. */
  readonly underWay: readonly RunId[];
  /** Not over, and left out. */
  readonly running: readonly RunId[];
  /** Were cancelled, and left out. */
  readonly cancelled: readonly RunId[];
  /** Data of them was erased: they are left out. */
  readonly erased: readonly RunId[];
  /** What they take over does not fit one decision. */
  readonly tooLarge: readonly RunId[];
  /** Chosen, and not in the journals by this function, in this time; or repeated by another operation since they were chosen. */
  readonly unknown: readonly RunId[];
  /** What the journals do not have any more of the time that was asked for: runs that began there are not repeated. */
  readonly missing: readonly MissingPart[];
  /** Nothing was told, since runs are not over. */
  readonly isRefused: boolean;
}

/** @throws ConfigurationError `INVALID_EXPRESSION`; JournalError, LogError */
export async function applyReruns(options: ApplyOptions): Promise<Applied> {
  const { topics, chosen, operation, whileRunning, whereCancelled, signal } = options;
  const before: RunId[] = [];
  const underWay: RunId[] = [];
  const running: RunId[] = [];
  const cancelled: RunId[] = [];
  const erased: RunId[] = [];
  const unknown = new Set(chosen?.keys());
  // First of all it is seen whether anything is to be refused: so all is told, or nothing.
  const { onProgress, ...filter } = options;
  const history = await openHistory({ ...filter, journal: topics.journal });
  let total = 0;
  for await (const past of history.runs()) {
    if (past.state.rerun?.operation === operation) {
      before.push(firstOf(past));
      if (past.end.kind === "running") underWay.push(past.state.id);
    } else if (chosen !== null && !chosen.has(firstOf(past))) continue;
    else if (choiceOf(past, options) === null) continue;
    else if (isErased(past, options)) erased.push(past.state.id);
    else if (past.end.kind === "running") running.push(past.state.id);
    else if (past.end.kind === "cancelled" && whereCancelled === "skip") cancelled.push(past.state.id);
    else total += 1;
    unknown.delete(firstOf(past));
  }
  const { missing } = history;
  const rest = { before, underWay, running, cancelled, erased, missing, unknown: [...unknown] };
  if (running.length > 0 && whileRunning === "refuse") return { ...rest, told: new Map(), tooLarge: [], isRefused: true };
  if (whileRunning === "cancel") total += running.length;

  const told = new Map<RunId, RunId>();
  const tooLarge: RunId[] = [];
  const begun = performance.now();
  for await (const past of history.runs()) {
    signal?.throwIfAborted();
    const keep = choiceOf(past, options);
    if (keep === null || isErased(past, options) || (past.end.kind === "running" && whileRunning === "skip")) continue;
    if (past.end.kind === "cancelled" && whereCancelled === "skip") continue;
    if (await tell(past, keep, options)) told.set(firstOf(past), rerunId(past, operation));
    else tooLarge.push(past.state.id);
    onProgress?.(told.size, total);
    await throttled(begun, told.size, options);
  }
  return { ...rest, told, tooLarge, isRefused: false };
}

function firstOf({ state, original }: PastRun): RunId {
  return original ?? state.id;
}

function isErased({ state: { event, flow } }: PastRun, { sealing }: ApplyOptions): boolean {
  return sealing !== undefined && sealing !== null && new SealedRun(sealing, [event, ...(flow?.batch ?? [])]).isErased;
}

/** What it takes over; null where it is not to be repeated: not chosen, by this operation already, or by another since it was chosen. */
function choiceOf(past: PastRun, { chosen, operation }: ApplyOptions): readonly StepKey[] | null {
  const { id, rerun } = past.state;
  if (rerun?.operation === operation) return null;
  if (chosen === null) return [];
  const choice = chosen.get(firstOf(past));
  return choice?.run === id ? choice.keep : null;
}

/** False where it does not fit. */
async function tell(past: PastRun, keep: readonly StepKey[], options: ApplyOptions): Promise<boolean> {
  const { operation, emit, log, topics, partitions, signal } = options;
  const command = rerunCommand(past, { operation, emit, keep });
  if (command === null) return false;
  const target = { log, inbox: topics.inbox, partitions, ...(signal === undefined ? {} : { signal }) };
  await tellPartition(target, past.partition, command);
  return true;
}

async function throttled(begun: number, count: number, { rate, signal }: ApplyOptions): Promise<void> {
  if (rate <= 0) return;
  const wait = begun + (count / rate) * 1_000 - performance.now();
  if (wait > 1) await delay(wait, undefined, signal === undefined ? {} : { signal });
}
