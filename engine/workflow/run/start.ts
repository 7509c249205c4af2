// An event starts one run for each function it triggers, all in one decision; so does a run that invokes another, and a cron's tick.
import { deriveRunId } from "../../core/ids.ts";
import type { Message } from "../decision.ts";
import type { JournalRecord, RunParent, RunsStarted, StartedRun, TriggerEvent } from "../records.ts";
import { RUNNING, type PartitionState } from "../state.ts";
import { NEVER } from "./suspicion.ts";
import { cancelWatch } from "../wait/cancel-on.ts";

export function evolveRunsStarted(state: PartitionState, record: RunsStarted, time: number): void {
  for (const { id, functionId, parent, startBy, finishBy, cancels } of record.runs) {
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
      outcomeAt: time,
      outcomeEpoch: state.owner?.epoch ?? NEVER,
      resting: false,
      parent,
      startBy,
      finishBy,
      cancels,
      mark: record.event.appendedAt,
      suspicion: 0,
      lanes: 0,
      alone: false,
      exposed: state.owner?.epoch ?? NEVER,
    });
    if (startBy !== null) state.timers.push({ kind: "run", at: startBy, run: id });
    if (finishBy !== null) state.timers.push({ kind: "run", at: finishBy, run: id });
  }
}

interface Started {
  readonly records: readonly JournalRecord[];
  readonly messages: readonly Message[];
}

/** R10: the ids follow from the event's place in the log, or, for an event that never was in a topic, from `source`. */
export function startRuns(state: PartitionState, event: TriggerEvent, functionIds: readonly string[], source?: string): Started {
  const origin = source ?? `${event.topic}-${event.partition}-${event.offset}`;
  const runs: StartedRun[] = [];
  const messages: Message[] = [];
  for (const functionId of functionIds) {
    const { run, watches } = startRun(state, event, deriveRunId(event.time, state.partition, functionId, origin), functionId, null);
    runs.push(run);
    messages.push(...watches);
  }
  return { records: [{ type: "RunsStarted", event, runs }], messages };
}

/** One run, with what watches over it. */
export function startRun(
  state: PartitionState,
  event: TriggerEvent,
  id: StartedRun["id"],
  functionId: string,
  parent: RunParent | null,
): { readonly run: StartedRun; readonly watches: readonly Message[] } {
  const spec = state.manifest?.functions.get(functionId);
  const { startMs, finishMs } = spec?.timeouts ?? {};
  const watches = (spec?.cancelOn ?? []).map((cancel, index) => cancelWatch(state, event, id, cancel, index));
  const run: StartedRun = {
    id,
    functionId,
    parent,
    startBy: startMs === undefined ? null : event.appendedAt + startMs,
    finishBy: finishMs === undefined ? null : event.appendedAt + finishMs,
    cancels: watches.map((watch) => (typeof watch === "number" ? watch : watch.to)),
  };
  return { run, watches: watches.filter((watch) => typeof watch !== "number") };
}
