// An event starts one run for each function it triggers, all in one decision; so does a run that invokes another, and a cron's tick.
import { deriveRunId } from "../../core/ids.ts";
import type { Message } from "../decision.ts";
import type { JournalRecord, RunParent, RunsStarted, StartedRun, TriggerEvent } from "../records.ts";
import { RUNNING, type PartitionState } from "../state.ts";
import { take } from "../flow/limits/hold.ts";
import { leaveLine } from "../flow/lines/queue.ts";
import { NEVER } from "./suspicion.ts";
import { timesOf } from "./times.ts";
import { cancelStepKey, cancelWatch } from "../wait/cancel-on.ts";

export function evolveRunsStarted(state: PartitionState, record: RunsStarted, time: number): void {
  const { batch } = record;
  for (const { id, functionId, parent, startBy, finishBy, cancels, needs, singleton } of record.runs) {
    if (state.runs.has(id)) continue;
    leaveLine(state, id);
    const isPlain = needs.length === 0 && singleton === null && batch.length === 0;
    if (!isPlain) take(state, needs, 1);
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
      flow: isPlain ? null : { needs, slots: needs.length === 0 ? 0 : 1, asks: [], singleton, batch },
      rerun: null,
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
  const origin = source ?? originOfRun(event);
  const runs: StartedRun[] = [];
  const messages: Message[] = [];
  for (const functionId of functionIds) {
    const { run, watches } = startRun(state, event, deriveRunId(event.time, state.partition, functionId, origin), functionId, null);
    runs.push(run);
    messages.push(...watches);
  }
  return { records: [{ type: "RunsStarted", event, runs, batch: [] }], messages };
}

/** R10: what follows from it is the same whoever works it out. */
export function originOfRun({ topic, partition, offset }: TriggerEvent): string {
  return `${topic}-${partition}-${offset}`;
}

/** One run, with what watches over it. */
export function startRun(
  state: PartitionState,
  event: TriggerEvent,
  id: StartedRun["id"],
  functionId: string,
  parent: RunParent | null,
): { readonly run: StartedRun; readonly watches: readonly Message[] } {
  const { cancels, watches } = watchesOf(state, event, id, functionId);
  const run: StartedRun = {
    id,
    functionId,
    parent,
    ...timesOf(state, functionId, event),
    cancels,
    needs: [],
    singleton: null,
  };
  return { run, watches };
}

/** What is to cancel the run is watched for: where, and what is told there. */
export function watchesOf(
  state: PartitionState,
  event: TriggerEvent,
  id: StartedRun["id"],
  functionId: string,
  stepOf = cancelStepKey,
): { readonly cancels: readonly number[]; readonly watches: readonly Message[] } {
  const specs = state.manifest?.functions.get(functionId)?.cancelOn;
  if (specs === undefined) return NOT_WATCHED;
  const watches = specs.map((cancel, index) => cancelWatch(state, event, id, cancel, stepOf(index)));
  return {
    cancels: watches.map((watch) => (typeof watch === "number" ? watch : watch.to)),
    watches: watches.filter((watch) => typeof watch !== "number"),
  };
}

export const NOT_WATCHED = { cancels: [], watches: [] };
