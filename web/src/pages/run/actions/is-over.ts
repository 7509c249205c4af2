// Which runs have ended for good, and which rest until somebody releases them.
import type { RunStatus, ShownRun } from "../../../../../server/contract/runs.ts";

const OVER: readonly RunStatus[] = ["completed", "failed", "cancelled", "skipped"];
const CAN_BE_RELEASED: readonly RunStatus[] = ["parked", "quarantined"];

export function isOver({ status }: Pick<ShownRun, "status">): boolean {
  return OVER.includes(status);
}

export function canBeReleased({ status }: Pick<ShownRun, "status">): boolean {
  return CAN_BE_RELEASED.includes(status);
}
