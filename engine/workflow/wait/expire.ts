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

export function decideExpireWaits(state: PartitionState, { waits }: ExpireWaits, now: number): Decision {
  const records: JournalRecord[] = [];
  const messages: Message[] = [];
  const reached = lowestWatermark(state);
  for (const { run, step, isForced } of waits) {
    const wait = state.waits.get(run, step);
    if (wait?.deadline === undefined || wait.deadline === null || wait.deadline > now) continue;
    if (isForced !== true && !mayExpire(state, wait, reached)) continue;
    records.push(waitClosed(wait));
    if (wait.purpose !== "cancel") messages.push(endMessage(wait, "expired"));
    if (records.length >= MAX_EXPIRED) break;
  }
  return records.length === 0 ? ignored("none may expire yet") : decidedAndTold(records, messages);
}

/** Nothing that came before its deadline can come any more. */
export function mayExpire(state: PartitionState, wait: WaitCell, reached: number): boolean {
  if (wait.deadline === null || state.window.open.size > 0) return false;
  // A signal comes by its key to this very partition.
  const known = wait.purpose === "signal" ? (state.watermarks.get(state.partition) ?? 0) : reached;
  return known >= wait.deadline && isScanned(state, wait);
}

/** Up to when every partition's events are known here. */
export function lowestWatermark(state: PartitionState): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let partition = 0; partition < state.partitions; partition++) lowest = Math.min(lowest, state.watermarks.get(partition) ?? 0);
  return lowest;
}
