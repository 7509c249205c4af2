// While a function is paused, its events wait where they were read, or are skipped.
import type { AtGate, Passed } from "./way.ts";
import { pauseKey } from "../keys.ts";
import { pauseOf } from "../limits/pause.ts";
import { queued } from "../lines/queued.ts";
import { skip } from "./skip.ts";

export function passPause(at: AtGate): Passed {
  const { state, entering, way } = at;
  const pause = pauseOf(state, entering.functionId);
  if (pause === null) return entering;
  if (pause === "skip") return skip(at, "pause", "the function is paused, and its events are skipped meanwhile");
  way.records.push(...queued(at, "pause", [pauseKey(entering.functionId)]));
  return null;
}
