// One live run per key, from here until its end. Another is skipped; or takes its place, once that one is cancelled and over.
import { partitionOfRun, type RunId } from "../../core/ids.ts";
import { decided, decidedAndTold, ignored, type Decision } from "../decision.ts";
import type { CellSet, SingletonEnded } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { enter, newWay, type AtGate, type Passed } from "./enter.ts";
import { held, NO_TIME } from "./held.ts";
import { gateKey } from "./keys.ts";
import { skip, skipEntering } from "./skip.ts";

/** Until it is over. */
const UNTIL_ITS_END = 2 ** 52;

export function passSingleton(at: AtGate): Passed {
  const { state, entering, flow, value, way } = at;
  if (flow.singleton === undefined || entering.singleton !== null) return entering;
  const key = gateKey("singleton", entering.functionId, value);
  const live = state.flow.cells.get(key)?.text ?? null;
  if (live === null) {
    way.records.push(taken(key, entering.run));
    return { ...entering, singleton: key };
  }
  if (flow.singleton.mode === "skip" || entering.parent !== null) return skip(at, "singleton", `run ${live} of its key is live`);
  const waiting = state.flow.held.get(key);
  const [event] = entering.events;
  if (waiting === undefined) {
    way.messages.push({
      to: partitionOfRun(live as RunId),
      body: { type: "CancelRun", run: live as RunId, reason: "another run of its key takes its place (singleton)" },
    });
  } else {
    const [older, ...others] = waiting.events;
    if (older !== undefined) {
      skipEntering(
        { ...entering, run: waiting.run, events: [older, ...others] },
        way,
        "singleton",
        "a later event of its key took its place",
      );
    }
  }
  way.records.push(held(key, "singleton", entering.functionId, entering.run, event, NO_TIME));
  return null;
}

/** The run that kept others from starting is over. */
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

function taken(key: string, run: RunId): CellSet {
  return { type: "CellSet", key, kind: "singleton", until: UNTIL_ITS_END, numbers: [], text: run };
}
