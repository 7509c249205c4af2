// A run has no attempt left: it ends, `onFailure` runs, and `millrace/function.failed` is owed to the events topic.
import { encodeEvent } from "../event/cloud-event.ts";
import { decided, type Decision } from "../decision.ts";
import { owe } from "../emission/emission.ts";
import type { Failure, JournalRecord, RunFailed, TriggerEvent } from "../records.ts";
import type { PartitionState, RunState } from "../state.ts";
import { startRuns } from "./start.ts";

export const FUNCTION_FAILED = "millrace/function.failed";
const ON_FAILURE = "/on-failure";

/** The id under which a function's `onFailure` runs. A user's function id has no slash, so the two never meet. */
export function failureHandlerId(functionId: string): string {
  return functionId + ON_FAILURE;
}

export function evolveRunFailed(state: PartitionState, record: RunFailed): void {
  state.runs.delete(record.run);
}

export function decideRunFailed(state: PartitionState, run: RunState, error: Failure, now: number): Decision {
  const failed: JournalRecord = { type: "RunFailed", run: run.id, error };
  // A handler of failures that fails is the end: another event would go round for ever.
  if (run.functionId.endsWith(ON_FAILURE) || run.event.name === FUNCTION_FAILED) return decided(failed);
  const event = failureEvent(state, run, error, now);
  const { key, value, headers } = encodeEvent({ ...event, source: `millrace/${run.functionId}` });
  const emission = owe(state, { target: "events", key, value, headers: mapValues(headers, (text) => Buffer.from(text)) });
  if (state.manifest?.functions.get(run.functionId)?.onFailure !== true) return decided(failed, emission);
  return decided(failed, startRuns(state.partition, event, [failureHandlerId(run.functionId)], `${run.id}/failed`), emission);
}

function failureEvent(state: PartitionState, run: RunState, error: Failure, now: number): TriggerEvent {
  const { event } = run;
  const original = `{"id":${JSON.stringify(event.id)},"name":${JSON.stringify(event.name)},"time":${event.time},"key":${JSON.stringify(event.key)},"data":${event.data}}`;
  return {
    id: `${run.id}/function.failed`,
    name: FUNCTION_FAILED,
    data: `{"functionId":${JSON.stringify(run.functionId)},"runId":"${run.id}","error":${JSON.stringify(error)},"event":${original}}`,
    time: now,
    key: event.key,
    topic: "",
    partition: state.partition,
    offset: -1,
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
