// Idempotency: of the events with one value, the first in 24 hours passes.
import { said } from "./cell.ts";
import type { FlowCell } from "../state.ts";

const ONCE_MS = 86_400_000;

/** The cell if nothing has passed in the last 24 hours, else null. What did not pass does not make them longer. */
export function firstIn24Hours(cell: FlowCell | undefined, now: number): FlowCell | null {
  return said(cell, now).length > 0 ? null : { kind: "once", until: now + ONCE_MS, numbers: [now], text: null };
}
