// An event starts no run of a function: that is recorded, with the reason, and whoever invoked it is told.
import { partitionOfRun } from "../../../core/ids.ts";
import type { AtGate } from "./way.ts";
import type { Gate } from "../spec.ts";

type Skipping = Pick<AtGate, "entering" | "way">;

export function skip(at: Skipping, gate: Gate | "cancelled", reason: string): null {
  skipEntering(at, gate, reason);
  return null;
}

export function skipEntering({ entering, way }: Skipping, gate: Gate | "cancelled", reason: string): void {
  const { functionId, run, events, parent } = entering;
  for (const { id, topic, partition, offset } of events) {
    way.records.push({ type: "RunSkipped", run, functionId, gate, reason, eventId: id, topic, partition, offset });
  }
  if (parent === null) return;
  const error = { name: "SkippedError", message: `Function ${JSON.stringify(functionId)} was not run: ${reason}.`, stack: null };
  way.messages.push({
    to: partitionOfRun(parent.run),
    body: { type: "ChildEnded", run: parent.run, step: parent.step, child: run, output: null, error },
  });
}
