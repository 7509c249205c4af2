// Cells of the image that are numbered, come at the end and go at the front: debts, messages on their way, remembered events and ids.
import type { EmissionOwed } from "../records.ts";
import type { Letter } from "../message/state.ts";
import type { PartitionState, SourceState } from "../state.ts";
import type { KeptEvent } from "../wait/event-window.ts";

export const WINDOW_PREFIX = "window/";
/** So many ids share a cell. */
const IDS_A_CELL = 500;

export interface Queue {
  /** Of its cells' keys; the number follows. */
  readonly prefix: string;
  /** Number of the first cell that is there; where none is, of the next. */
  readonly first: number;
  /** Number of the first cell that may still grow. */
  readonly growing: number;
  /** Cells from a number on, as they are now: what changes later does not show. */
  from(number: number): readonly NumberedCell[];
}

export interface NumberedCell {
  readonly number: number;
  readonly body: () => string;
}

export function* queuesOf(state: PartitionState): Iterable<Queue> {
  yield queue("task/emission/", state.emissions, state.nextEmission, emissionBody);
  for (const [to, { next, pending }] of state.outboxes) yield queue(`task/letter/${to}/`, pending, next, letterBody);
  yield windowQueue(state);
  for (const source of state.sources.values()) yield idsQueue(source);
}

/** Fills in what was written. `bodies` are in the order of their numbers. */
export function readQueues(state: PartitionState, bodiesOf: (prefix: string) => readonly NumberedText[]): void {
  for (const { body } of bodiesOf("task/emission/")) {
    const emission = readEmission(body);
    state.emissions.set(emission.sequence, emission);
  }
  for (const [to, { pending }] of state.outboxes) {
    for (const { number, body } of bodiesOf(`task/letter/${to}/`)) pending.set(number, readLetter(body));
  }
  const { next } = state.window;
  for (const { body } of bodiesOf(WINDOW_PREFIX)) state.window.add(JSON.parse(body) as KeptEvent);
  state.window.next = next;
  for (const source of state.sources.values()) for (const { body } of bodiesOf(idsPrefix(source))) readIds(source, body);
}

export interface NumberedText {
  readonly number: number;
  readonly body: string;
}

function queue<T>(prefix: string, items: ReadonlyMap<number, T>, next: number, body: (item: T) => string): Queue {
  const [first = next] = items.keys();
  return { prefix, first, growing: next, from: (number) => itemsFrom(items, number, next, body) };
}

function itemsFrom<T>(items: ReadonlyMap<number, T>, from: number, next: number, body: (item: T) => string): readonly NumberedCell[] {
  const cells: NumberedCell[] = [];
  for (let number = from; number < next; number++) {
    const item = items.get(number);
    if (item !== undefined) cells.push({ number, body: () => body(item) });
  }
  return cells;
}

function windowQueue({ window }: PartitionState): Queue {
  let first = window.next;
  for (const { number } of window.values()) {
    first = number;
    break;
  }
  const from = (number: number): readonly NumberedCell[] => {
    const cells: NumberedCell[] = [];
    for (let at = number; at < window.next; at++) {
      const kept = window.get(at);
      if (kept === undefined) continue;
      // Whether it is taken is what may change of it.
      const asItIs = { ...kept };
      cells.push({ number: at, body: () => JSON.stringify(asItIs) });
    }
    return cells;
  };
  return { prefix: WINDOW_PREFIX, first, growing: window.next, from };
}

/** By number since the first that ever was, `IDS_A_CELL` a cell. A cell may hold some at its front that are forgotten meanwhile. */
function idsQueue(source: SourceState): Queue {
  const { ids, idsForgotten } = source;
  const total = idsForgotten + ids.size;
  const growing = Math.floor(total / IDS_A_CELL);
  const first = ids.size === 0 ? Math.ceil(total / IDS_A_CELL) : Math.floor(idsForgotten / IDS_A_CELL);
  return { prefix: idsPrefix(source), first, growing, from: (number) => idsFrom(source, number) };
}

interface IdsCell {
  readonly number: number;
  /** Number of its first id. */
  readonly from: number;
  readonly ids: (readonly [string, number])[];
}

function idsFrom({ ids, idsForgotten }: SourceState, from: number): readonly NumberedCell[] {
  const cells: IdsCell[] = [];
  let number = idsForgotten;
  for (const entry of ids) {
    const cell = Math.floor(number / IDS_A_CELL);
    if (cell >= from) {
      let last = cells.at(-1);
      if (last?.number !== cell) cells.push((last = { number: cell, from: number, ids: [] }));
      last.ids.push(entry);
    }
    number += 1;
  }
  return cells.map((cell) => ({ number: cell.number, body: () => JSON.stringify({ from: cell.from, ids: cell.ids }) }));
}

function readIds(source: SourceState, body: string): void {
  const { from, ids } = JSON.parse(body) as { readonly from: number; readonly ids: readonly (readonly [string, number])[] };
  for (const [index, [id, at]] of ids.entries()) if (from + index >= source.idsForgotten) source.ids.set(id, at);
}

function idsPrefix({ topic, partition }: SourceState): string {
  return `task/ids/${topic}/${partition}/`;
}

function emissionBody({ sequence, target, key, value, headers }: EmissionOwed): string {
  const texts = Object.entries(headers).map(([name, bytes]) => [name, textOf(bytes)]);
  return JSON.stringify([sequence, target, textOf(key), textOf(value), texts]);
}

function readEmission(body: string): EmissionOwed {
  const [sequence, target, key, value, headers] = JSON.parse(body) as [
    number,
    EmissionOwed["target"],
    string | null,
    string | null,
    readonly (readonly [string, string])[],
  ];
  const bytes = Object.fromEntries(headers.map(([name, text]) => [name, Buffer.from(text, "base64")]));
  return { type: "EmissionOwed", sequence, target, key: bytesOf(key), value: bytesOf(value), headers: bytes };
}

function letterBody({ body, epoch, nonce }: Letter): string {
  return JSON.stringify([textOf(body), epoch, nonce]);
}

function readLetter(text: string): Letter {
  const [body, epoch, nonce] = JSON.parse(text) as [string, number, number];
  return { body: Buffer.from(body, "base64"), epoch, nonce };
}

function textOf(bytes: Buffer | null): string | null {
  return bytes?.toString("base64") ?? null;
}

function bytesOf(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, "base64");
}
