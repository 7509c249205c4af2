// An event was read by a consumer: in the partition of its key, reducers make the new state of it, and it is owed to the handler. What they made
// stands in the journal beside the position of the event, so each event counts in the state exactly once (R2, R5).
import { partitionOfKey } from "../../core/murmur2.ts";
import { decided, decidedAndTold, ignored, type Decision } from "../decision.ts";
import { arrivedEvent, isDuplicate, type EventArrived } from "../event/arrive.ts";
import { factsOf, type OpenData } from "../expression/event-facts.ts";
import { keyValue } from "../expression/key.ts";
import { textOf } from "../expression/value.ts";
import type { ConsumeAgain, ConsumeEvent, EventConsumed, StateValue, TriggerEvent } from "../records.ts";
import type { PartitionState, SourceState } from "../state.ts";
import { matches } from "../trigger/match.ts";
import { triggerOf } from "../wait/seen.ts";
import { rejected } from "./rejected.ts";
import type { ConsumerSpec } from "./spec.ts";
import { isHandledHere, isHandling } from "./steer.ts";
import { owedCell, valueCell, type OwedHandling } from "./state.ts";

/**
 * What the reducers make of an event: the stores in which something changes. `before`: JSON text, undefined for none. User code, so it may say
 * that the event cannot be taken.
 */
export type Reduce = (event: TriggerEvent, before: (store: string) => string | undefined) => Reduced;

export type Reduced =
  { readonly ok: true; readonly values: readonly StateValue[] } | { readonly ok: false; readonly code: string; readonly reason: string };

const MAX_KEY = 1_024;

export function decideConsume(state: PartitionState, source: SourceState, input: EventArrived, reduce: Reduce): Decision {
  if (!input.isIdIgnored && isDuplicate(source, input.event)) return ignored("duplicate");
  const spec = state.manifest?.consumer ?? null;
  if (spec === null || !isWanted(spec, input.event.name)) return ignored("the consumer does not want it");
  const event = arrivedEvent(input);
  const key = keyOf(spec, event, state.open);
  if (typeof key !== "string") return decided(...rejected(state, event, key));
  const home = homeOf(spec, event, key, state.partitions) ?? state.partition;
  const isHandled = spec.handles && isHandledHere(state, source, input.offset);
  if (home !== state.partition) return decidedAndTold([], [{ to: home, body: { type: "ConsumeEvent", key, event, isHandled } }]);
  return takeIn(state, { event, key, isHandled }, reduce);
}

/** Another partition read it. */
export function decideConsumeEvent(state: PartitionState, { key, event, isHandled }: ConsumeEvent, reduce: Reduce): Decision {
  const spec = state.manifest?.consumer ?? null;
  if (spec === null) return ignored("there is no consumer here");
  return takeIn(state, { event: triggerOf(event), key, isHandled: isHandled && spec.handles }, reduce);
}

/** People have it taken once more: it was set aside. */
export function decideConsumeAgain(state: PartitionState, message: ConsumeAgain, reduce: Reduce): Decision {
  const spec = state.manifest?.consumer ?? null;
  if (spec === null) return ignored("there is no consumer here");
  const event = triggerOf(message.event);
  const key = keyOf(spec, event, state.open);
  if (typeof key !== "string") return decided(...rejected(state, event, key));
  const home = homeOf(spec, event, key, state.partitions) ?? state.partition;
  // Whoever told it may have gone by an earlier declaration.
  if (home !== state.partition) return decidedAndTold([], [{ to: home, body: message }]);
  // What the handler was owed it is owed here, whichever version handles by now.
  const isHandled = spec.handles && (message.isReduced || isHandling(state));
  return takeIn(state, { event, key, isHandled }, message.isReduced ? NOTHING : reduce);
}

const NOTHING: Reduce = () => ({ ok: true, values: [] });

/** The partition of its key; null: any will do. What has no key is in order with nothing; where nothing is kept of it either, it may as well stay. */
function homeOf(spec: ConsumerSpec, event: TriggerEvent, key: string, partitions: number): number | null {
  const stays = event.key === null && spec.key === null && spec.stores.length === 0;
  return stays ? null : homeOfKey(key, partitions);
}

export function homeOfKey(key: string, partitions: number): number {
  return partitionOfKey(Buffer.from(key), partitions);
}

interface Taken {
  readonly event: TriggerEvent;
  readonly key: string;
  readonly isHandled: boolean;
}

function takeIn(state: PartitionState, { event, key, isHandled }: Taken, reduce: Reduce): Decision {
  const { stores, nextOwed } = state.consumer;
  const reduced = reduce(event, (store) => stores.get(store)?.get(key));
  if (!reduced.ok) return decided(...rejected(state, event, reduced));
  const { values } = reduced;
  if (!isHandled && values.length === 0) return ignored("it changes nothing");
  return decided({
    type: "EventConsumed",
    key,
    event: isHandled ? event : null,
    owed: isHandled ? nextOwed : null,
    values,
  });
}

export function evolveEventConsumed(state: PartitionState, { key, event, owed, values }: EventConsumed): void {
  const { consumer, watcher } = state;
  for (const { store, value } of values) {
    watcher?.flow(valueCell(store, key));
    setValue(consumer.stores, store, key, value);
  }
  if (owed === null || event === null) return;
  watcher?.flow(owedCell(owed));
  const handling: OwedHandling = {
    number: owed,
    key,
    event,
    state: valuesOf(consumer.stores, key),
    attempt: 0,
    retryAt: null,
    suspicion: null,
  };
  consumer.owed.set(owed, handling);
  consumer.nextOwed = owed + 1;
}

export function setValue(stores: Map<string, Map<string, string>>, store: string, key: string, value: string | null): void {
  let values = stores.get(store);
  if (value === null) {
    values?.delete(key);
    // As if it had never been there: an image says nothing of empty stores.
    if (values?.size === 0) stores.delete(store);
    return;
  }
  if (values === undefined) stores.set(store, (values = new Map<string, string>()));
  values.set(key, value);
}

/** In the order of their names: that in which stores came is not that in which an image has them. */
function valuesOf(stores: ReadonlyMap<string, ReadonlyMap<string, string>>, key: string): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  for (const [store, values] of stores) {
    const value = values.get(key);
    if (value !== undefined) found.push([store, value]);
  }
  return found.length < 2 ? found : found.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function isWanted({ events }: ConsumerSpec, name: string): boolean {
  return events === null || events.some((pattern) => matches(pattern, name));
}

function keyOf(spec: ConsumerSpec, event: TriggerEvent, open: OpenData): string | { readonly code: string; readonly reason: string } {
  if (spec.key !== null) {
    const value = keyValue(spec.key, factsOf(event, open));
    if (value !== "") return textOf(value);
    return { code: "CONSUMER_KEY_MISSING", reason: `the event has no text, number, or true or false at the consumer's key, ${spec.key}` };
  }
  const key = event.key ?? event.id;
  if (key.length <= MAX_KEY) return key;
  return {
    code: "CONSUMER_KEY_TOO_LONG",
    reason: `the event's key has ${key.length} characters; the limit is ${MAX_KEY}. Give the consumer a key`,
  };
}
