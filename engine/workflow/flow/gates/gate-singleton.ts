// One live run per key, from here until its end. Another is skipped; or takes its place, once that one is cancelled and over.
import { partitionOfRun, type RunId } from "../../../core/ids.ts";
import type { CellSet } from "../../records.ts";
import type { AtGate, Passed } from "./way.ts";
import { held, NO_TIME } from "../held.ts";
import { singletonKey } from "../keys.ts";
import { skip, skipEntering } from "./skip.ts";

/** Until it is over. */
const UNTIL_ITS_END = 2 ** 52;

export function passSingleton(at: AtGate): Passed {
  const { state, entering, flow, value, way } = at;
  if (flow.singleton === undefined || entering.singleton !== null) return entering;
  const key = singletonKey(state, entering.functionId, value);
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
      const replaced = { ...entering, run: waiting.run, events: [older, ...others] } as const;
      skipEntering({ entering: replaced, way }, "singleton", "a later event of its key took its place");
    }
  }
  way.records.push(held(key, "singleton", entering.functionId, entering.run, event, NO_TIME));
  return null;
}

/** Nobody else starts until the run is over. */
export function taken(key: string, run: RunId): CellSet {
  return { type: "CellSet", key, kind: "singleton", until: UNTIL_ITS_END, numbers: [], text: run };
}
