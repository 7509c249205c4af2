// That a run ended badly is told: as an event to everyone, and to its function's own handler as a run of its own.
import type { Message } from "../decision.ts";
import { owe } from "../emission/emission.ts";
import { encodeEvent } from "../event/cloud-event.ts";
import type { Failure, JournalRecord, TriggerEvent } from "../records.ts";
import type { PartitionState, RunState } from "../state.ts";
import { startOrEnter } from "../flow/gates/arrive.ts";
import { isEndHandler } from "./handlers.ts";

export interface Ended {
  /** Of the event: `millrace/<kind>`. */
  readonly kind: "function.failed" | "function.cancelled";
  readonly facts: { readonly error: Failure } | { readonly reason: string };
  /** Id of the function that handles it, null for none. */
  readonly handler: string | null;
}

export function tellEnded(
  state: PartitionState,
  run: RunState,
  ended: Ended,
  now: number,
): { readonly records: readonly JournalRecord[]; readonly messages: readonly Message[] } {
  if (isEndHandler(run)) return { records: [], messages: [] };
  const event = endedEvent(state, run, ended, now);
  const { key, value, headers } = encodeEvent({ ...event, source: `millrace/${run.functionId}` });
  const bytes = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));
  const emission = owe(state, { target: "events", key, value, headers: bytes });
  if (ended.handler === null) return { records: [emission], messages: [] };
  const started = startOrEnter(state, event, [ended.handler], now, `${run.id}/${ended.kind}`);
  return { records: [...started.records, emission], messages: started.messages };
}

function endedEvent(state: PartitionState, run: RunState, { kind, facts }: Ended, now: number): TriggerEvent {
  const { id, name, time, key, data } = run.event;
  const head = JSON.stringify({ functionId: run.functionId, runId: run.id, ...facts, event: { id, name, time, key } });
  return {
    id: `${run.id}/${kind}`,
    name: `millrace/${kind}`,
    // What the event's data says is JSON already: parsing a megabyte to write it again would be in vain.
    data: `${head.slice(0, -2)},"data":${data}}}`,
    time: now,
    key,
    topic: "",
    partition: state.partition,
    offset: -1,
    appendedAt: now,
    corrects: null,
    trace: run.event.trace,
  };
}
