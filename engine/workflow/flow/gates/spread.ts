// Each function with flow that an event triggers may get a copy of it: in a line, in a message, among what is held. Where they would be too large
// for one frame (R15), the event is put down once, with the functions that it still has to enter, and enters as many of them a frame as fit. Until
// it has entered all of them no further event is read, so that each function has them in their order.
import { decidedAndTold, ignored, type Decision } from "../../decision.ts";
import { factsOf } from "../../expression/event-facts.ts";
import type { EventSpread, MessageEvent, SpreadAdvanced, SpreadEntry, TriggerEvent } from "../../records.ts";
import { originOfRun } from "../../run/start.ts";
import type { PartitionState } from "../../state.ts";
import { bytesOfEvent, MAX_BATCH_BYTES } from "../counts/batch.ts";
import { enter } from "./enter.ts";
import { newWay, type Way } from "./way.ts";

export interface Spread {
  readonly event: TriggerEvent;
  /** What it still has to enter, in order. */
  readonly entries: readonly SpreadEntry[];
}

/** Once there is more, the next function is entered in the next frame: one alone may add a full batch, and the event. */
const MAX_BYTES = 512 * 1024;
/** Records and messages without events. */
const BYTES_BESIDE_EVENTS = 256;

/** Adds to `way` what comes of entering these, as far as that fits into a frame, and that there are more. */
export function enterOrSpread(state: PartitionState, event: TriggerEvent, entries: readonly SpreadEntry[], now: number, way: Way): void {
  const isLarge = entries.length > 1 && entries.length * bytesOfEvent(event) > MAX_BATCH_BYTES;
  const count = isLarge ? 0 : enterMany(state, { event, entries }, now, way);
  if (count < entries.length) way.records.push({ type: "EventSpread", event, entries: entries.slice(count) });
}

export function evolveEventSpread(state: PartitionState, { event, entries }: EventSpread, time: number): void {
  set(state, spreadKey(event), { event, entries }, time);
}

export function evolveSpreadAdvanced(state: PartitionState, { key, count }: SpreadAdvanced, time: number): void {
  const spread = state.flow.spreads.get(key);
  if (spread !== undefined) set(state, key, { ...spread, entries: spread.entries.slice(count) }, time);
}

/** The next functions. Their runs have the ids that they had got at once, whatever was deployed meanwhile (R10). */
export function decideSpread(state: PartitionState, key: string, now: number): Decision {
  const spread = state.flow.spreads.get(key);
  if (spread === undefined) return ignored("it has entered all");
  const way = newWay();
  const count = enterMany(state, spread, now, way);
  return decidedAndTold([{ type: "SpreadAdvanced", key, count }, ...way.records], way.messages);
}

/** Returns how many it entered: one at least. */
function enterMany(state: PartitionState, { event, entries }: Spread, now: number, way: Way): number {
  const facts = factsOf(event, state.open);
  let bytes = 0;
  for (const [index, { functionId, run }] of entries.entries()) {
    if (bytes > MAX_BYTES) return index;
    const records = way.records.length;
    const messages = way.messages.length;
    enter(state, { functionId, run, events: [event], parent: null, singleton: null }, "pause", now, way, facts);
    if (index + 1 < entries.length) bytes += bytesSince(way, records, messages);
  }
  return entries.length;
}

function bytesSince(way: Way, records: number, messages: number): number {
  let bytes = 0;
  for (const record of way.records.slice(records)) {
    if (record.type === "RunQueued") bytes += bytesOf(record.events);
    else if (record.type === "EventHeld") bytes += bytesOfEvent(record.event);
    else if (record.type === "RunsStarted") bytes += bytesOf([record.event, ...record.batch]);
    bytes += BYTES_BESIDE_EVENTS;
  }
  for (const { body } of way.messages.slice(messages)) {
    bytes += BYTES_BESIDE_EVENTS + (body.type === "EnterFunction" ? bytesOf(body.events) : 0);
  }
  return bytes;
}

function bytesOf(events: readonly MessageEvent[]): number {
  return events.reduce((sum, event) => sum + bytesOfEvent(event), 0);
}

/** The rest is due at once. */
function set(state: PartitionState, key: string, spread: Spread, time: number): void {
  state.watcher?.flow(`flow/spread/${key}`);
  if (spread.entries.length === 0) {
    state.flow.spreads.delete(key);
    return;
  }
  state.flow.spreads.set(key, spread);
  state.timers.push({ kind: "flow", at: time, key });
}

/** Nothing that is held has such a key: those begin with their gate. */
function spreadKey(event: TriggerEvent): string {
  return `spread/${originOfRun(event)}`;
}
