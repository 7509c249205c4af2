// What a partition remembers for the flow of its functions' runs. Each entry of a map is a cell of the image (R12).
import type { RunId } from "../../core/ids.ts";
import type { CellKind, HoldingGate, TriggerEvent } from "../records.ts";
import type { Spread } from "./gates/spread.ts";
import { QueuedRows } from "./lines/rows.ts";
import { BOUNDLESS, type StartRoom } from "./limits/start-room.ts";
import { Waiting } from "./lines/waiting.ts";

export interface FlowState {
  /** What policies count, by their key: see flow/keys.ts. */
  readonly cells: Map<string, FlowCell>;
  /** Events that wait for more of them, or for none to come. */
  readonly held: Map<string, HeldEvents>;
  /** Events that have not entered all their functions yet: see gates/spread.ts. */
  readonly spreads: Map<string, Spread>;
  /** Limits whose place is here, and the slots that runs of this partition hold of them. */
  readonly pools: Map<string, PoolState>;
  /** What this partition has of limits whose place is elsewhere. */
  readonly permits: Map<string, PermitState>;
  /** Runs that wait in a line. */
  readonly rows: QueuedRows;
  /** Numbers what asks for slots, and rows: the order of arrival. */
  next: number;
  /** Who waits for what, in order. Follows from the others. */
  readonly waiting: Waiting;
  /** Of the process that owns the partition. */
  room: StartRoom;
}

/** Of a run that shares limits with others, or started for several events. */
export interface RunFlow {
  /** Limits on its steps: a pool of this partition, and one whose place may be elsewhere. */
  readonly needs: readonly string[];
  /** How many of its steps may execute: so many slots of each of its needs it holds. */
  slots: number;
  /** Numbers of those that ask for one and wait, the first in front. */
  asks: readonly number[];
  /** Key of the cell by which it keeps others from starting. */
  readonly singleton: string | null;
  /** Further events that it started for. */
  readonly batch: readonly TriggerEvent[];
}

/** The content is the policy's; nothing else looks into it. */
export interface FlowCell {
  readonly kind: CellKind;
  /** From then on the cell says no more than its absence, milliseconds since 1970. */
  readonly until: number;
  /** Whole numbers. */
  readonly numbers: readonly number[];
  readonly text: string | null;
}

export interface HeldEvents {
  readonly gate: HoldingGate;
  readonly functionId: string;
  /** Of the run that they will start. */
  run: RunId;
  /** Of a batch all, in order; else the last. A batch grows in place: whoever keeps them copies them. */
  events: TriggerEvent[];
  /** About what they take in a frame. */
  bytes: number;
  /** When the first came, and when they go on, milliseconds since 1970. */
  readonly since: number;
  due: number;
}

export interface PoolState {
  /** Slots that runs of this partition hold. */
  used: number;
  /** Slots that are leased, by partition. */
  readonly leases: Map<number, number>;
  /** Partitions that want some, in the order in which they asked, and how many. */
  readonly wants: Map<number, Want>;
}

interface Want {
  readonly count: number;
  /** The order in which it was asked for. */
  readonly number: number;
}

export interface PermitState {
  /** Leased to this partition, of which runs hold `used`. */
  granted: number;
  used: number;
  /** Asked for and not granted yet. */
  wanted: number;
  /** Others want them: what is not in use goes back. */
  recalled: boolean;
}

export function emptyFlow(): FlowState {
  return {
    cells: new Map(),
    held: new Map(),
    spreads: new Map(),
    pools: new Map(),
    permits: new Map(),
    rows: new QueuedRows(),
    next: 0,
    waiting: new Waiting(),
    room: BOUNDLESS,
  };
}
