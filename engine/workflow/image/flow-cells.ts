// Flow in the image: a cell for each value that a policy counts for, each group of events that are held, each limit, and for each bucket of queued
// runs. Whatever follows the prefix of a key may be somebody's text, and is taken as it is.
import { ROWS_PREFIX } from "../flow/lines/row-bucket.ts";
import type { FlowState, PoolState } from "../flow/state.ts";
import { readRows, rowsBody } from "./row-cells.ts";

export const FLOW_PREFIX = "flow/";

interface FlowHome {
  readonly prefix: string;
  /** What follows the prefix in the keys of the cells that are there. */
  readonly names: (flow: FlowState) => Iterable<string | number>;
  /** Null where there is none of this name. */
  readonly write: (flow: FlowState, name: string) => string | null;
  /** Once a name, into what is empty. */
  readonly read: (flow: FlowState, name: string, body: string) => void;
}

/** Where each part of it lives in the image (R12); null where that is elsewhere, or nowhere. The compiler asks whoever adds one. */
const HOMES: { readonly [Field in keyof FlowState]: FlowHome | null } = {
  cells: entries("flow/cell/", ({ cells }) => cells, asItIs, asItIs),
  held: entries("flow/held/", ({ held }) => held, asItIs, asItIs),
  spreads: entries("flow/spread/", ({ spreads }) => spreads, asItIs, asItIs),
  pools: entries("flow/pool/", ({ pools }) => pools, poolText, readPool),
  permits: entries("flow/permits/", ({ permits }) => permits, asItIs, asItIs),
  rows: {
    prefix: ROWS_PREFIX,
    names: ({ rows }) => rows.buckets(),
    write: ({ rows }, bucket) => rowsBody(rows.inBucket(Number(bucket))),
    read: ({ rows }, _, body) => {
      for (const row of readRows(body)) rows.add(row);
    },
  },
  // In a small cell.
  next: null,
  // Follows from the others, and from runs.
  waiting: null,
  // Of the process.
  room: null,
};
const ALL: readonly FlowHome[] = Object.values(HOMES).filter((home) => home !== null);

/** Of all cells of flow. */
export function* flowKeys(flow: FlowState): Iterable<string> {
  for (const { prefix, names } of ALL) for (const name of names(flow)) yield `${prefix}${name}`;
}

/** What the cell of this key holds; null where it is gone. */
export function flowBody(flow: FlowState, key: string): string | null {
  const home = homeOf(key);
  return home === undefined ? null : home.write(flow, key.slice(home.prefix.length));
}

/** Fills in what a cell says. Returns false for one that nobody knows. */
export function readFlowCell(flow: FlowState, key: string, body: string): boolean {
  const home = homeOf(key);
  home?.read(flow, key.slice(home.prefix.length), body);
  return home !== undefined;
}

function homeOf(key: string): FlowHome | undefined {
  return ALL.find(({ prefix }) => key.startsWith(prefix));
}

/** `read` gets what `write` gave. */
function entries<T, Text>(
  prefix: string,
  mapOf: (flow: FlowState) => Map<string, T>,
  write: (value: T) => Text,
  read: (text: Text) => T,
): FlowHome {
  return {
    prefix,
    names: (flow) => mapOf(flow).keys(),
    write: (flow, name) => {
      const value = mapOf(flow).get(name);
      return value === undefined ? null : JSON.stringify(write(value));
    },
    read: (flow, name, body) => void mapOf(flow).set(name, read(JSON.parse(body) as Text)),
  };
}

function asItIs<T>(value: T): T {
  return value;
}

type Entries<M> = M extends Map<infer K, infer V> ? readonly (readonly [K, V])[] : never;

interface PoolText extends Omit<PoolState, "leases" | "wants"> {
  readonly leases: Entries<PoolState["leases"]>;
  readonly wants: Entries<PoolState["wants"]>;
}

/** Who has leases is in no order, who wants some is in the order in which they asked. */
function poolText({ leases, wants, ...pool }: PoolState): PoolText {
  return { ...pool, leases: [...leases].toSorted(([a], [b]) => a - b), wants: [...wants] };
}

function readPool({ leases, wants, ...pool }: PoolText): PoolState {
  return { ...pool, leases: new Map(leases), wants: new Map(wants) };
}
