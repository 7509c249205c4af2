// Records that this partition owes to other topics: decided in a frame, appended after its ack, confirmed by a later frame.
// An owner that dies in between leaves the debt to its successor, so other topics may see a record twice, never not at all.
import { decided, ignored, type Decision } from "../decision.ts";
import type { EmissionOwed, EmissionsConfirmed } from "../records.ts";
import type { PartitionState } from "../state.ts";

export interface ConfirmEmissions {
  readonly type: "ConfirmEmissions";
  readonly through: number;
}

/** The debt as a record. `offset` counts the debts that the same decision owes before this one. */
export function owe(state: PartitionState, emission: Omit<EmissionOwed, "type" | "sequence">, offset = 0): EmissionOwed {
  return { type: "EmissionOwed", sequence: state.nextEmission + offset, ...emission };
}

export function evolveEmissionOwed(state: PartitionState, record: EmissionOwed): void {
  state.emissions.set(record.sequence, record);
  state.nextEmission = record.sequence + 1;
}

export function evolveEmissionsConfirmed(state: PartitionState, record: EmissionsConfirmed): void {
  for (const sequence of state.emissions.keys()) {
    if (sequence > record.through) break;
    state.emissions.delete(sequence);
  }
}

export function decideConfirmEmissions(state: PartitionState, input: ConfirmEmissions): Decision {
  const [first] = state.emissions.keys();
  if (first === undefined || first > input.through) return ignored("already confirmed");
  return decided({ type: "EmissionsConfirmed", through: input.through });
}
