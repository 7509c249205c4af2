// An event is told once for each distinct value that active shapes find in it, to the partition of that value (DESIGN §7).
import type { Message } from "../decision.ts";
import { factsOf, type EventFacts } from "../expression/event-facts.ts";
import { parsePath, valueAt, type Path } from "../expression/path.ts";
import type { MessageBody, MessageEvent, TriggerEvent } from "../records.ts";
import { sourceKey } from "../source/source.ts";
import type { PartitionState } from "../state.ts";
import { arbiterOf } from "./arbiter.ts";
import type { ShapeState } from "./shape.ts";
import { SIGNAL_EVENT, SIGNAL_PATH, signalValue } from "./signal-event.ts";

/** Larger data stays in its topic, and is read there by the partition that is told. */
export const MAX_TOLD_CHARACTERS = 64 * 1024;

/** The shapes that count from this event's place on. */
export function tellSeen(state: PartitionState, event: TriggerEvent): readonly Message[] {
  if (event.name === SIGNAL_EVENT) return [signalSeen(state, event)];
  const shapes = shapesOf(state, event);
  return shapes.length === 0 ? [] : seenMessages(state, event, shapes);
}

/** One message a value, with all the paths at which it stands. */
export function seenMessages(state: PartitionState, event: TriggerEvent, shapes: readonly Pick<ShapeState, "path">[]): readonly Message[] {
  const facts = factsOf(event, state.open);
  const paths = new Map<string, string[]>();
  for (const { path } of shapes) {
    const value = valueOfShape(facts, path);
    if (value === null) continue;
    const there = paths.get(value);
    if (there === undefined) paths.set(value, [path]);
    else there.push(path);
  }
  // All copies together are told with one decision (R15).
  const isSmall = event.data.length * paths.size <= MAX_TOLD_CHARACTERS;
  return [...paths].map(([value, of]) => {
    const to = arbiterOf(state.partitions, event.name, value);
    const told: MessageEvent = isSmall || to === state.partition || event.topic === "" ? event : { ...event, data: null };
    return { to, body: { type: "EventSeen", event: told, paths: of, value } };
  });
}

/** As it goes into an inbox. */
export function abridged(body: MessageBody): MessageBody {
  if (body.type !== "EventSeen" || body.event.topic === "" || (body.event.data?.length ?? 0) <= MAX_TOLD_CHARACTERS) return body;
  return { ...body, event: { ...body.event, data: null } };
}

/** Null: nothing that can be compared stands there. Empty: nothing is compared. */
function valueOfShape(facts: EventFacts, path: string): string | null {
  return path === "" ? "" : valueAt(facts, placeOf(path));
}

/** Read once: shapes are few, and every event of their names is looked at. */
const places = new Map<string, Path>();
const MAX_PLACES = 1_000;

function placeOf(path: string): Path {
  const known = places.get(path);
  if (known !== undefined) return known;
  if (places.size >= MAX_PLACES) places.clear();
  const place = parsePath(path);
  places.set(path, place);
  return place;
}

function shapesOf(state: PartitionState, event: TriggerEvent): readonly ShapeState[] {
  const found: ShapeState[] = [];
  const place = sourceKey(event.topic, event.partition);
  for (const shape of state.shapes.of(event.name)) if (event.offset >= (shape.from.get(place) ?? 0)) found.push(shape);
  return found;
}

function signalSeen(state: PartitionState, event: TriggerEvent): Message {
  const value = signalValue(event);
  return { to: arbiterOf(state.partitions, event.name, value), body: { type: "EventSeen", event, paths: [SIGNAL_PATH], value } };
}
