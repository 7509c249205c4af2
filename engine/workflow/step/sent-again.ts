// Which events of a step are sent, and by which id. A run that repeats another does not say again what the original said; what it says
// differently names the event that it corrects.
import type { StepKey } from "../../core/ids.ts";
import { sentDigest } from "../run/rerun-state.ts";
import type { RunState } from "../state.ts";
import type { EventToOwe } from "./send-events.ts";

export interface Outgoing {
  readonly id: string;
  readonly isSent: boolean;
  /** Id of the event in whose place it comes. */
  readonly corrects: string | null;
}

/** `index`: among the events of the step. */
export function outgoingOf({ id: run, rerun }: Pick<RunState, "id" | "rerun">, step: StepKey, event: EventToOwe, index: number): Outgoing {
  const own = event.id ?? `${run}/${step}/${index}`;
  if (rerun === null) return { id: own, isSent: true, corrects: null };
  const before = rerun.emitted[step]?.[index];
  if (before === undefined) return { id: own, isSent: rerun.emit !== "none", corrects: null };
  const isEqual = before.digest === sentDigest(event.name, event.key, event.body?.value ?? Buffer.from(event.data));
  if (rerun.emit === "none" || (rerun.emit === "changed" && isEqual)) return { id: before.id, isSent: false, corrects: null };
  // By the original's id it would be passed over as a second copy.
  return { id: own === before.id ? `${run}/${step}/${index}` : own, isSent: true, corrects: before.id };
}
