// Which events of a step are sent, and by which ids. A run that repeats another does not say again what the original said; what it says
// differently names the event that it corrects.
import type { StepKey } from "../../core/ids.ts";
import { AVRO_TYPE } from "../event/cloud-event.ts";
import { sentDigest, type EmittedEvent, type RerunState } from "../run/rerun-state.ts";
import type { RunState } from "../state.ts";
import type { EventToOwe } from "./send-events.ts";

export interface Outgoing {
  readonly id: string;
  readonly isSent: boolean;
  /** Id of the event in whose place it comes. */
  readonly corrects: string | null;
}

type Sender = Pick<RunState, "id" | "rerun" | "steps">;

/** Of all events of the step, in their order. */
export function outgoingOf(run: Sender, step: StepKey, events: readonly EventToOwe[]): readonly Outgoing[] {
  const { rerun } = run;
  const plain = events.map((event, index) => ({ id: event.id ?? ownId(run, step, index), isSent: true, corrects: null }));
  if (rerun === null) return plain;
  const known = new Set(Object.values(rerun.emitted).flatMap((heard) => heard.map(({ id }) => id)));
  const heard = heardBefore(run, rerun, step);
  const equals = equalTo(events, heard);
  const corrected = correctedBy(events, equals, rerun.emitted[step] === undefined ? [] : heard);
  return plain.map((own, index) => {
    const [equal, before] = [equals[index], corrected[index]];
    if (equal !== undefined) {
      // By the id of the first it would be passed over as a second copy.
      return rerun.emit === "all"
        ? { id: ownId(run, step, index), isSent: true, corrects: equal.id }
        : { id: equal.id, isSent: false, corrects: null };
    }
    if (before === undefined) {
      return { id: known.has(own.id) ? ownId(run, step, index) : own.id, isSent: rerun.emit !== "none", corrects: null };
    }
    if (rerun.emit === "none") return { id: before.id, isSent: false, corrects: null };
    // Also where its code names one: it may be that of an event before the one that is corrected.
    return { id: ownId(run, step, index), isSent: true, corrects: before.id };
  });
}

function ownId({ id }: Sender, step: StepKey, index: number): string {
  return `${id}/${step}/${index}`;
}

/** What it may say again: what the original's step said; of a step that the original had not, what its steps said that this run has not come to. */
function heardBefore({ steps }: Sender, { emit, emitted }: RerunState, step: StepKey): readonly EmittedEvent[] {
  const claimed = new Set<string>();
  // The original's steps claim nothing but what is theirs.
  for (const [key, one] of steps) {
    if (one.status === "completed" && emitted[key] === undefined) for (const id of idsIn(one.output)) claimed.add(id);
  }
  const own = emitted[step];
  // What is sent all the same takes no id over, by which the next step would know of it.
  if (own === undefined && emit === "all") return [];
  const heard = own ?? Object.entries(emitted).flatMap(([key, events]) => (steps.has(key as StepKey) ? [] : events));
  return heard.filter(({ id }) => !claimed.has(id));
}

/** By place: the event that says the same. Each is said again once. */
function equalTo(events: readonly EventToOwe[], heard: readonly EmittedEvent[]): readonly (EmittedEvent | undefined)[] {
  const left = [...heard];
  return events.map(({ name, key, data, body }) => {
    const writtenAs = body?.headers["content-type"] === AVRO_TYPE ? "avro" : "json";
    const digest = sentDigest(name, key, body?.value ?? Buffer.from(data), writtenAs);
    const index = left.findIndex((event) => event.digest === digest);
    return index === -1 ? undefined : left.splice(index, 1)[0];
  });
}

/** By place: of those that nothing equals, the one of the same name and key, else the next. */
function correctedBy(
  events: readonly EventToOwe[],
  equals: readonly (EmittedEvent | undefined)[],
  own: readonly EmittedEvent[],
): readonly (EmittedEvent | undefined)[] {
  const left = own.filter((event) => !equals.includes(event));
  const corrected = events.map(({ name, key }, index) => {
    if (equals[index] !== undefined) return undefined;
    const like = left.findIndex((event) => event.name === name && event.key === key);
    return like === -1 ? undefined : left.splice(like, 1)[0];
  });
  return corrected.map((one, index) => one ?? (equals[index] === undefined ? left.shift() : undefined));
}

/** Of a step that sends: its result. */
export function idsIn(output: string | null): readonly string[] {
  if (output === null || !output.startsWith('{"ids":[')) return [];
  const { ids } = JSON.parse(output) as { readonly ids: readonly unknown[] };
  return ids.every((id) => typeof id === "string") ? ids : [];
}
