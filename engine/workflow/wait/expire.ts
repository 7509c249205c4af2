// A wait's time is up. It expires only when no earlier event can come any more (R13): every partition has decided what its sources held at the
// deadline, and told of it.
import type { RunId, StepKey } from "../../core/ids.ts";
import { decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import type { JournalRecord } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { endMessage, waitClosed } from "./outcome.ts";
import { isScanned } from "./scan.ts";
import type { WaitCell } from "./wait-table.ts";

const MAX_EXPIRED = 500;

export interface ExpireWaits {
  readonly type: "ExpireWaits";
  readonly waits: readonly ExpiringWait[];
}

export interface ExpiringWait {
  readonly run: RunId;
  readonly step: StepKey;
  /** Some partition was asked for so long in vain that the wait expires whatever may come. */
  readonly isForced?: boolean;
}

/** Why an earlier event may come yet: a partition has not told how far it is, or what the past held, or an event is still compared. */
export type Obstacle = "watermark" | "scan" | "offer";

export function decideExpireWaits(state: PartitionState, { waits }: ExpireWaits, now: number): Decision {
  const records: JournalRecord[] = [];
  const messages: Message[] = [];
  const reached = lowestWatermark(state);
  for (const { run, step, isForced } of waits) {
    const wait = state.waits.get(run, step);
    if (wait?.deadline === undefined || wait.deadline === null || wait.deadline > now) continue;
    if (isForced !== true && obstacleTo(state, wait, wait.deadline, reached) !== null) continue;
    records.push(waitClosed(wait));
    if (wait.purpose !== "cancel") messages.push(endMessage(wait, "expired"));
    if (records.length >= MAX_EXPIRED) break;
  }
  return records.length === 0 ? ignored("none may expire yet") : decidedAndTold(records, messages);
}

/** Null where nothing that came before its deadline can come any more. `reached`: the lowest watermark. */
export function obstacleTo(state: PartitionState, wait: WaitCell, deadline: number, reached: number): Obstacle | null {
  // A signal comes by its key to this very partition.
  const known = wait.purpose === "signal" ? watermarkOf(state, state.partition) : reached;
  if (known < deadline) return "watermark";
  if (!isScanned(state, wait)) return "scan";
  return isOffered(state, wait) ? "offer" : null;
}

/** An event that it may want is still compared, and not with it yet. */
function isOffered({ window }: PartitionState, wait: WaitCell): boolean {
  for (const [number, after] of window.open) {
    const kept = window.get(number);
    if (kept === undefined || after >= wait.number || kept.event.name !== wait.event || kept.value !== wait.value) continue;
    if (kept.paths.includes(wait.path)) return true;
  }
  return false;
}

/** Up to when every partition's events are known here. */
export function lowestWatermark(state: PartitionState): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let partition = 0; partition < state.partitions; partition++) lowest = Math.min(lowest, watermarkOf(state, partition));
  return lowest;
}

/** Whose events are not known up to that time. */
export function partitionsBehind(state: PartitionState, time: number): readonly number[] {
  return Array.from({ length: state.partitions }, (_, partition) => partition).filter((partition) => watermarkOf(state, partition) < time);
}

export function watermarkOf(state: PartitionState, partition: number): number {
  return state.watermarks.get(partition) ?? 0;
}
