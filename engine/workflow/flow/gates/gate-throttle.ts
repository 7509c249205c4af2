// Starts are delayed to a rate. Where the run lives at this place, it asks for its turn together with its slot; else it waits for it here.
import { partitionOfRun } from "../../../core/ids.ts";
import { cellSet } from "../cells.ts";
import type { AtGate, Passed } from "./way.ts";
import { gateKey, placeOf } from "../keys.ts";
import { throttleOf } from "../limits/limits.ts";
import { roomAt } from "../limits/needs.ts";
import { queued } from "../lines/queued.ts";
import { afterStart } from "../counts/throttle.ts";

export function passThrottle(at: AtGate): Passed {
  const { state, entering, value, way, now } = at;
  // A new manifest may have moved the place: then it is asked here alone.
  const isPlace = placeOf(state.partitions, entering.functionId, value) === state.partition;
  if (isPlace && partitionOfRun(entering.run) === state.partition) return entering;
  const key = gateKey("throttle", entering.functionId, value);
  const spec = throttleOf(state, key, now);
  if (spec === null) return entering;
  if (roomAt(state, key, now) <= 0 || state.flow.waiting.isWanted(key)) {
    way.records.push(...queued(at, "throttle", [key]));
    return null;
  }
  way.records.push(cellSet(key, afterStart(state.flow.cells.get(key), spec, now)));
  return entering;
}
