// A run that kept others of its key from starting is over: the one that waits takes its place.
import { decided, decidedAndTold, ignored, type Decision } from "../../decision.ts";
import type { SingletonEnded } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { enter } from "./enter.ts";
import { taken } from "./gate-singleton.ts";
import { newWay } from "./way.ts";

export function decideSingletonEnded(state: PartitionState, { key, run }: SingletonEnded, now: number): Decision {
  if (state.flow.cells.get(key)?.text !== run) return ignored("another run has its place");
  const waiting = state.flow.held.get(key);
  const [first, ...others] = waiting?.events ?? [];
  if (waiting === undefined || first === undefined) return decided({ type: "CellsForgotten", keys: [key] });
  const way = newWay();
  way.records.push({ type: "HeldWentOn", key }, taken(key, waiting.run));
  enter(
    state,
    { functionId: waiting.functionId, run: waiting.run, events: [first, ...others], parent: null, singleton: key },
    "throttle",
    now,
    way,
  );
  return decidedAndTold(way.records, way.messages);
}
