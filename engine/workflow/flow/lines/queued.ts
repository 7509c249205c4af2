// A run joins a line at a gate: where it stands there, and what it is watched for meanwhile.
import { keyValue, numberOf } from "../../expression/key.ts";
import type { QueueGate, RunQueued } from "../../records.ts";
import { NOT_WATCHED, watchesOf } from "../../run/start.ts";
import { stepOfWatch } from "./cancel-queued.ts";
import { beginBy, timesOf } from "../../run/times.ts";
import { boundedWeight } from "../counts/share.ts";
import type { AtGate } from "../gates/way.ts";

const MAX_PRIORITY_S = 600;
const ONE = 1_000;

export function queued(at: AtGate, gate: QueueGate, needs: readonly string[]): readonly RunQueued[] {
  const { state, entering, flow, facts, now, way } = at;
  const { functionId, run, events, parent, singleton } = entering;
  // What is gathered yet may be no run, or another's.
  const isGathered = gate !== "pause" || (flow.debounce === undefined && flow.batch === undefined);
  const { cancels, watches } = isGathered ? watchesOf(state, events[0], run, functionId, stepOfWatch(gate)) : NOT_WATCHED;
  way.messages.push(...watches);
  return [
    {
      type: "RunQueued",
      run,
      functionId,
      gate,
      events,
      parent,
      needs,
      share: flow.fairness === undefined ? "" : keyValue(flow.fairness.key, facts),
      weight: weightOf(flow.fairness?.weight, at),
      score: now - priorityMs(at),
      startBy: beginBy(timesOf(state, functionId, events[0])),
      cancels,
      singleton,
    },
  ];
}

function priorityMs({ flow, facts }: AtGate): number {
  const seconds = flow.priority === undefined ? 0 : (numberOf(flow.priority, facts) ?? 0);
  return Math.round(1_000 * Math.min(Math.max(seconds, -MAX_PRIORITY_S), MAX_PRIORITY_S));
}

/** Thousandths. */
export function weightOf(weight: string | undefined, { facts }: Pick<AtGate, "facts">): number {
  const number = weight === undefined ? 1 : (numberOf(weight, facts) ?? 1);
  return boundedWeight(ONE * number);
}
