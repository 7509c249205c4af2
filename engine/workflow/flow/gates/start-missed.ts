// An event never came to a function that it triggers, and somebody noticed: it starts what it would have started (R10), once.
import { deriveRunId } from "../../../core/ids.ts";
import { decidedAndTold, ignored, type Decision } from "../../decision.ts";
import { originOf } from "../../event/origin.ts";
import { factsOf } from "../../expression/event-facts.ts";
import { passes } from "../../expression/match.ts";
import type { StartMissed } from "../../records.ts";
import { originOfRun } from "../../run/start.ts";
import { sourceKey } from "../../source/source.ts";
import type { PartitionState } from "../../state.ts";
import { TriggerIndex } from "../../trigger/match.ts";
import { triggerOf } from "../../wait/seen.ts";
import { cellSet } from "../cells.ts";
import { firstIn24Hours } from "../counts/once.ts";
import { missedKey } from "../keys.ts";
import { startOrEnter } from "./arrive.ts";
import { newWay } from "./way.ts";

/**
 * Decided where the event was read. Who tells it has looked at the journals and found no trace, by a declaration that may be another; told again before there was one, it counts once.
 * After 24 hours the trace of the first is old enough to be found by anybody.
 */
export function decideStartMissed(state: PartitionState, { functionId, event: told }: StartMissed, now: number): Decision {
  const event = triggerOf(told);
  const spec = state.manifest?.functions.get(functionId);
  if (spec === undefined) return ignored("no function of this id is deployed");
  const isWanted = new TriggerIndex([spec]).match(event.name, (condition) => passes(condition, factsOf(event, state.open))).length > 0;
  if (!isWanted) return ignored("the function does not want it");
  const source = state.sources.get(sourceKey(event.topic, event.partition));
  if (source === undefined) return ignored("another partition reads the source of the event");
  if (event.offset >= source.next) return ignored("the event is not read yet");
  const key = missedKey(functionId, originOf(event));
  const once = firstIn24Hours(state.flow.cells.get(key), now);
  if (once === null) return ignored("it was told before");
  const run = deriveRunId(event.time, state.partition, functionId, originOfRun(event));
  if (state.runs.has(run) || state.flow.rows.has(run)) return ignored("the run is there");
  const way = newWay();
  way.records.push(cellSet(key, once));
  const { records, messages } = startOrEnter(state, event, [functionId], now, undefined, way);
  return decidedAndTold(records, messages);
}
