// One run per value in 24 hours; others are skipped.
import type { AtGate, Passed } from "./way.ts";
import { cellSet } from "../cells.ts";
import { gateKey } from "../keys.ts";
import { firstIn24Hours } from "../counts/once.ts";
import { skip } from "./skip.ts";

export function passIdempotency(at: AtGate): Passed {
  const { state, entering, value, way, now } = at;
  // Without a value nothing says that it is the same.
  if (value === "") return entering;
  const key = gateKey("idempotency", entering.functionId, value);
  const cell = firstIn24Hours(state.flow.cells.get(key), now);
  if (cell === null) return skip(at, "idempotency", "a run for this value was started less than 24 hours ago");
  way.records.push(cellSet(key, cell));
  return entering;
}
