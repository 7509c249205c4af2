// Events that wait for more of them, for none to come, or for a run to end: then they go on to the next gate together.
import type { EventHeld, HeldWentOn, HoldingGate, TriggerEvent } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { bytesOfEvent } from "./counts/batch.ts";

export function evolveEventHeld(state: PartitionState, { key, gate, functionId, run, event, due }: EventHeld, time: number): void {
  state.watcher?.flow(`flow/held/${key}`);
  const known = state.flow.held.get(key);
  if (known === undefined) {
    state.flow.held.set(key, { gate, functionId, run, events: [event], bytes: bytesOfEvent(event), since: time, due });
  } else {
    // A batch is the run of its first event, all others that of the last.
    if (gate === "batch") {
      // An image that is taken meanwhile has been told, and has read it.
      known.events.push(event);
      known.bytes += bytesOfEvent(event);
    } else {
      known.run = run;
      known.events = [event];
      known.bytes = bytesOfEvent(event);
    }
    known.due = due;
  }
  if (due !== NO_TIME) state.timers.push({ kind: "flow", at: due, key });
}

export function evolveHeldWentOn(state: PartitionState, { key }: HeldWentOn): void {
  state.watcher?.flow(`flow/held/${key}`);
  state.flow.held.delete(key);
}

/** Nothing but another event, or the end of a run, moves them on. */
export const NO_TIME = -1;

export function held(
  key: string,
  gate: HoldingGate,
  functionId: string,
  run: EventHeld["run"],
  event: TriggerEvent,
  due: number,
): EventHeld {
  return { type: "EventHeld", key, gate, functionId, run, event, due };
}
