// At most so many starts in any window of time; others are skipped.
import type { AtGate, Passed } from "./way.ts";
import { cellSet } from "../cells.ts";
import { gateKey } from "../keys.ts";
import { countStart } from "../counts/rate-limit.ts";
import { skip } from "./skip.ts";

export function passRateLimit(at: AtGate): Passed {
  const { state, entering, flow, value, way, now } = at;
  if (flow.rateLimit === undefined) return entering;
  const key = gateKey("rateLimit", entering.functionId, value);
  const counted = countStart(state.flow.cells.get(key), flow.rateLimit, now);
  if (!counted.allowed) return skip(at, "rateLimit", `over the rate of ${flow.rateLimit.limit} starts in ${flow.rateLimit.periodMs} ms`);
  way.records.push(cellSet(key, counted.cell));
  return entering;
}
