// An event starts one run for each function it triggers, all in one decision.
import { deriveRunId } from "../../core/ids.ts";
import type { JournalRecord, RunsStarted, TriggerEvent } from "../records.ts";
import { RUNNING, type PartitionState } from "../state.ts";

export function evolveRunsStarted(state: PartitionState, record: RunsStarted, time: number): void {
  for (const { id, functionId } of record.runs) {
    if (state.runs.has(id)) continue;
    state.runs.set(id, {
      id,
      functionId,
      event: record.event,
      startedAt: time,
      attempt: 0,
      status: RUNNING,
      steps: new Map(),
      outcomes: 0,
      resting: false,
    });
  }
}

/** R10: the ids follow from the event's place in the log, or, for an event that never was in a topic, from `source`. */
export function startRuns(partition: number, event: TriggerEvent, functionIds: readonly string[], source?: string): JournalRecord {
  const origin = source ?? `${event.topic}-${event.partition}-${event.offset}`;
  const runs = functionIds.map((functionId) => ({ id: deriveRunId(event.time, partition, functionId, origin), functionId }));
  return { type: "RunsStarted", event, runs };
}
