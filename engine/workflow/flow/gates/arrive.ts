// An event triggers functions: those without any flow begin at once, in one record, unless they have their share of runs in memory; each of
// the others has its way to go.
import { deriveRunId } from "../../../core/ids.ts";
import type { Message } from "../../decision.ts";
import { factsOf } from "../../expression/event-facts.ts";
import type { JournalRecord, SpreadEntry, TriggerEvent } from "../../records.ts";
import { originOfRun, startRuns } from "../../run/start.ts";
import type { PartitionState } from "../../state.ts";
import { countBegun, mayStart } from "../limits/may-start.ts";
import { newWay, type Way } from "./way.ts";
import { pauseOf } from "../limits/pause.ts";
import { homeOf } from "./places.ts";
import { enterOrSpread } from "./spread.ts";

interface Begun {
  readonly records: readonly JournalRecord[];
  readonly messages: readonly Message[];
}

const NO_NEEDS: readonly string[] = [];

/** `source`: of an event that never was in a topic (R10). `way`: what is decided together with it. */
export function startOrEnter(
  state: PartitionState,
  event: TriggerEvent,
  functionIds: readonly string[],
  now: number,
  source?: string,
  way: Way = newWay(),
): Begun {
  const plain = functionIds.filter((id) => !hasFlow(state, id) && mayStart(state, id, NO_NEEDS, way));
  if (plain.length > 0) {
    const started = startRuns(state, event, plain, source);
    way.records.push(...started.records);
    way.messages.push(...started.messages);
    for (const id of plain) countBegun(way, id);
  }
  if (plain.length === functionIds.length) return way;
  const facts = factsOf(event, state.open);
  const entries: SpreadEntry[] = [];
  for (const functionId of functionIds) {
    if (plain.includes(functionId)) continue;
    const flow = state.manifest?.functions.get(functionId)?.flow ?? {};
    const home = homeOf(state, functionId, flow, facts) ?? state.partition;
    const run = deriveRunId(event.time, home, functionId, source ?? originOfRun(event));
    entries.push({ functionId, run });
  }
  enterOrSpread(state, event, entries, now, way);
  return way;
}

/** Whether events have a way to go before they start it. */
export function hasFlow(state: PartitionState, functionId: string): boolean {
  return state.manifest?.functions.get(functionId)?.flow !== undefined || pauseOf(state, functionId) !== null;
}
