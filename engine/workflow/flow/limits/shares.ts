// Who shares what is scarce, by a function's fairness key: each start counts for its share, and the share that had least goes first.
import { keyValue } from "../../expression/key.ts";
import type { CellSet } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { cellSet } from "../cells.ts";
import type { AtGate } from "../gates/way.ts";
import { shareKey, sharesKey } from "../keys.ts";
import { weightOf } from "../lines/queued.ts";
import type { Line } from "../lines/rows.ts";
import { scarceOf } from "./scarce.ts";
import { afterStart, enterAt, virtualTimeAfter, virtualTimeOf } from "../counts/share.ts";

/** How much a line's share had; lines without one come before those that had more than the least. */
export function passOf(state: PartitionState, { functionId, needs, share }: Line, now: number): number {
  const scarce = scarceOf(needs);
  if (scarce === undefined || state.flow.cells.size === 0) return 0;
  const virtualTime = virtualTimeOf(state.flow.cells.get(sharesKey(scarce)), now);
  if (state.manifest?.functions.get(functionId)?.flow?.fairness === undefined) return virtualTime;
  return enterAt(state.flow.cells.get(shareKey(scarce, share)), virtualTime, now);
}

/** A run starts at once. */
export function countShare(state: PartitionState, at: AtGate, needs: readonly string[]): readonly CellSet[] {
  const { flow, facts, now } = at;
  if (flow.fairness === undefined) return [];
  return counted(state, needs, keyValue(flow.fairness.key, facts), weightOf(flow.fairness.weight, at), now);
}

/** The first of a line starts. */
export function countLine(state: PartitionState, { functionId, needs, share, weight }: Line, now: number): readonly CellSet[] {
  const isFair = state.manifest?.functions.get(functionId)?.flow?.fairness !== undefined;
  return isFair ? counted(state, needs, share, weight, now) : [];
}

function counted(state: PartitionState, needs: readonly string[], share: string, weight: number, now: number): readonly CellSet[] {
  const scarce = scarceOf(needs);
  if (scarce === undefined) return [];
  const { cells } = state.flow;
  const [key, timeKey] = [shareKey(scarce, share), sharesKey(scarce)];
  const virtualTime = virtualTimeOf(cells.get(timeKey), now);
  const pass = enterAt(cells.get(key), virtualTime, now);
  const time = virtualTimeAfter(cells.get(timeKey), pass, now);
  return [cellSet(key, afterStart(cells.get(key), weight, virtualTime, now)), ...(time === null ? [] : [cellSet(timeKey, time)])];
}
