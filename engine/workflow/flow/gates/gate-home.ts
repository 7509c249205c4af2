// The last gate, where the run lives: it starts if all its limits have room and nobody stands in line for them, else it joins the line.
import { startRun } from "../../run/start.ts";
import type { JournalRecord, StartedRun } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { cellSet } from "../cells.ts";
import type { AtGate, Entering, Passed, Way } from "./way.ts";
import { needsOf } from "../limits/home-needs.ts";
import { cancelledKey } from "../keys.ts";
import { throttleOf } from "../limits/limits.ts";
import { countBegun, mayStart } from "../limits/may-start.ts";
import { isHeld, kindOf } from "../limits/need-kind.ts";
import { roomAt } from "../limits/needs.ts";
import { pauseOf } from "../limits/pause.ts";
import { queued } from "../lines/queued.ts";
import { countShare } from "../limits/shares.ts";
import { skipEntering } from "./skip.ts";
import { afterStart, countsAt } from "../counts/throttle.ts";
import { tellSingletonEnded } from "./tell-singleton.ts";

export function passHome(at: AtGate): Passed {
  const { state, entering, flow, facts, way, now } = at;
  if (wasCancelled(at)) return null;
  const needs = needsOf(state, entering, flow, facts);
  // It may have been paused when the event had passed that gate.
  const isPaused = pauseOf(state, entering.functionId) !== null;
  if (isPaused || !needs.every((need) => hasRoom(state, need, way, now)) || !mayStart(state, entering.functionId, needs, way)) {
    way.records.push(...queued(at, "home", needs));
    return null;
  }
  const share = flow.fairness === undefined ? [] : countShare(state, at, needs);
  start(state, entering, needs, now, way);
  way.records.push(...share);
  return null;
}

/** The run begins, with a slot of each of its limits. */
export function start(
  state: PartitionState,
  { functionId, run: id, events, parent, singleton }: Entering,
  needs: readonly string[],
  now: number,
  way: Way,
  since = now,
): StartedRun {
  const [event, ...batch] = events;
  const { run, watches } = startRun(state, event, id, functionId, parent);
  const held = needs.filter(isHeld);
  way.records.push(
    { type: "RunsStarted", event, runs: [{ ...run, needs: held, singleton }], batch },
    ...throttles(state, needs, since, now),
  );
  way.messages.push(...watches);
  countBegun(way, functionId);
  for (const need of needs) way.taken.set(need, (way.taken.get(need) ?? 0) + 1);
  return run;
}

function throttles(state: PartitionState, needs: readonly string[], since: number, now: number): readonly JournalRecord[] {
  return needs.flatMap((need) => {
    const spec = kindOf(need) === "throttle" ? throttleOf(state, need, now) : null;
    const cell = state.flow.cells.get(need);
    return spec === null ? [] : [cellSet(need, afterStart(cell, spec, countsAt(cell, spec, since, now)))];
  });
}

function hasRoom(state: PartitionState, need: string, { taken }: Way, now: number): boolean {
  return !state.flow.waiting.isWanted(need) && roomAt(state, need, now) > (taken.get(need) ?? 0);
}

/** It was cancelled while it was on its way. */
function wasCancelled({ state, entering, way }: AtGate): boolean {
  if (state.flow.cells.size === 0) return false;
  const key = cancelledKey(entering.run);
  const reason = state.flow.cells.get(key)?.text ?? null;
  if (reason === null) return false;
  way.records.push({ type: "CellsForgotten", keys: [key] });
  skipEntering({ entering, way }, "cancelled", reason);
  way.messages.push(...tellSingletonEnded(state, entering.run, entering.singleton));
  return true;
}
