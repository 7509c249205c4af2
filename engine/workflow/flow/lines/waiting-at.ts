// What runs wait for before they begin, and events that are held, for people who ask why a function does not move. By lines, not by rows.
import { unreachable } from "../../../core/errors.ts";
import type { HoldingGate } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { blockOf, opensAt } from "./admit.ts";
import { NO_TIME } from "../held.ts";
import { kindOf } from "../limits/need-kind.ts";

/**
 * `manifest`: no code of it is deployed; `share`: of what a partition may have in memory; `start`: nothing holds it, its event is read back.
 */
export type WaitingPlace =
  "manifest" | "pause" | "throttle" | "concurrency" | "breaker" | "share" | "start" | "debounce" | "batchEvents" | "singleton";

export interface WaitingAt {
  readonly function: string;
  readonly at: WaitingPlace;
  /** That many will start. */
  readonly runs: number;
  /** When the first of them may go on, milliseconds since 1970, where time alone decides it. */
  readonly until?: number;
}

/** The places where most wait. */
const MAX_TOLD = 20;
/** Of more lines than these, the rest is not told of: whoever asks is not to hold the partition up. */
const MAX_LINES = 10_000;

export function waitingAt(state: PartitionState, now: number): readonly WaitingAt[] {
  const found = new Map<string, WaitingAt>();
  const add = (functionId: string, at: WaitingPlace, runs: number, until: number | null): void => {
    const key = `${at}/${functionId}`;
    const before = found.get(key);
    const first = Math.min(until ?? Number.POSITIVE_INFINITY, before?.until ?? Number.POSITIVE_INFINITY);
    found.set(key, {
      function: functionId,
      at,
      runs: runs + (before?.runs ?? 0),
      ...(first === Number.POSITIVE_INFINITY ? {} : { until: first }),
    });
  };
  let looked = 0;
  for (const line of state.flow.rows.lines()) {
    if (++looked > MAX_LINES) break;
    const need = blockOf(state, { kind: "line", line }, now);
    add(
      line.functionId,
      need === undefined ? "start" : placeOfNeed(need),
      line.size,
      need === undefined ? null : opensAt(state, need, now),
    );
  }
  for (const { functionId, gate, due } of state.flow.held.values()) add(functionId, placeOfGate(gate), 1, due === NO_TIME ? null : due);
  return [...found.values()].toSorted((a, b) => b.runs - a.runs).slice(0, MAX_TOLD);
}

/** Events that wait for more of them, for none to come, or for a run to end. */
export function countHeldEvents({ flow }: PartitionState): number {
  let count = 0;
  for (const { events } of flow.held.values()) count += events.length;
  return count;
}

function placeOfNeed(need: string): WaitingPlace {
  const kind = kindOf(need);
  switch (kind) {
    case "starts":
      return "share";
    case "pool":
    case "permit":
      return "concurrency";
    case "manifest":
    case "pause":
    case "throttle":
    case "breaker":
      return kind;
    default:
      return unreachable(kind);
  }
}

function placeOfGate(gate: HoldingGate): WaitingPlace {
  return gate === "batch" ? "batchEvents" : gate;
}
