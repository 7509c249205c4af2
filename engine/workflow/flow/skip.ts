// An event starts no run of a function: that is recorded, with the reason, and whoever invoked it is told.
import { partitionOfRun } from "../../core/ids.ts";
import { watchesOf } from "../run/start.ts";
import { watchNoMore } from "./cancel-queued.ts";
import type { AtGate } from "./way.ts";
import type { Gate } from "./spec.ts";

type Skipping = Pick<AtGate, "state" | "entering" | "way">;

export function skip(at: Skipping, gate: Gate | "cancelled", reason: string): null {
  skipEntering(at, gate, reason, !at.way.isNew);
  return null;
}

/** `mayBeWatched`: it may have waited in a line, where it was watched for what cancels it. */
export function skipEntering({ state, entering, way }: Skipping, gate: Gate | "cancelled", reason: string, mayBeWatched: boolean): void {
  const { functionId, run, events, parent } = entering;
  for (const { id, topic, partition, offset } of events) {
    way.records.push({ type: "RunSkipped", run, functionId, gate, reason, eventId: id, topic, partition, offset });
  }
  if (mayBeWatched) way.messages.push(...watchNoMore(run, watchesOf(state, events[0], run, functionId).cancels));
  if (parent === null) return;
  const error = { name: "SkippedError", message: `Function ${JSON.stringify(functionId)} was not run: ${reason}.`, stack: null };
  way.messages.push({
    to: partitionOfRun(parent.run),
    body: { type: "ChildEnded", run: parent.run, step: parent.step, child: run, output: null, error },
  });
}
