// A step sends events: they are owed in the frame that records its result, so they go out exactly as often as the step is decided: once.
// Their ids follow from the run and the step, by which the engine knows a second copy.
import { must } from "../../core/errors.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import { owe } from "../emission/emission.ts";
import { CORRECTS, encodeEvent, type EventBody } from "../event/cloud-event.ts";
import { firstBegan } from "../run/outcome.ts";
import { tooManySteps } from "../run/limits.ts";
import type { PartitionState } from "../state.ts";
import { isSettled } from "./complete.ts";
import { outgoingOf } from "./sent-again.ts";

export interface SendEvents {
  readonly type: "SendEvents";
  readonly run: RunId;
  readonly step: StepKey;
  readonly events: readonly EventToOwe[];
  readonly began: number;
}

export interface EventToOwe {
  readonly name: string;
  /** JSON. */
  readonly data: string;
  /** The data as a schema of the event's has it written. Default: JSON. */
  readonly body?: EventBody;
  readonly key: string | null;
  /** Null: made of the run and the step. */
  readonly id: string | null;
  /** Milliseconds since 1970; null: now. */
  readonly time: number | null;
  /** W3C trace context of the step; null, the default, where nobody traces. */
  readonly trace?: string | null;
}

export function decideSendEvents(state: PartitionState, input: SendEvents, now: number): Decision {
  const { run: id, step } = input;
  const run = state.runs.get(id);
  if (run === undefined) return ignored("run is over");
  if (isSettled(run.steps.get(step))) return ignored("step is already decided");
  const refused = tooManySteps(state, run, step, now);
  if (refused !== null) return refused;
  const outgoing = outgoingOf(run, step, input.events);
  const events = input.events.map((event, index) => ({
    ...event,
    ...must(outgoing[index], `event ${index} of ${step}`),
    time: event.time ?? now,
  }));
  const emissions = events
    .filter(({ isSent }) => isSent)
    .map((event, index) => {
      const { key, value, headers } = encodeEvent({ ...event, source: `millrace/${run.functionId}` }, event.body);
      const said = event.corrects === null ? headers : { ...headers, [CORRECTS]: event.corrects };
      const bytes = Object.fromEntries(Object.entries(said).map(([name, text]) => [name, Buffer.from(text)]));
      return owe(state, { target: "events", key, value, headers: bytes }, index);
    });
  const output = JSON.stringify({ ids: events.map((event) => event.id) });
  return decided({ type: "StepCompleted", run: id, step, output, began: firstBegan(state, run, input.began) }, ...emissions);
}
