// What a partition of a consumer remembers: what its reducers made of each key's events, and which events are to be handled yet.
import type { ConsumerMode, TriggerEvent } from "../records.ts";

export interface ConsumerState {
  /** JSON text by key, by the name of the store. Each is a cell of the image (R12). */
  readonly stores: Map<string, Map<string, string>>;
  /** By number. */
  readonly owed: Map<number, OwedHandling>;
  nextOwed: number;
  /** Null: nobody told it anything. */
  steering: SteeringState | null;
}

/** How a version of a consumer stands to others. `positions`: by `topic/partition`, see consumer/steer.ts. */
export interface SteeringState {
  /** Of the command that said so. Each has its own. */
  readonly attempt: string;
  readonly mode: ConsumerMode;
  readonly positions: ReadonlyMap<string, number>;
}

/** A handler is to be called for this event until it succeeds, or has no attempt left. */
export interface OwedHandling {
  readonly number: number;
  readonly key: string;
  readonly event: TriggerEvent;
  /** What the stores had under the key once this event was in them, JSON text by store, in the order of their names. */
  readonly state: readonly (readonly [store: string, value: string])[];
  /** How often the handler failed. */
  readonly attempt: number;
  /** When it is to be called again, milliseconds since 1970; null: it did not fail yet. */
  readonly retryAt: number | null;
  /** Null: no owner died since something came of it. */
  readonly suspicion: HandlingSuspicion | null;
}

export interface HandlingSuspicion {
  /** So many owners died in a row that may have died of it. */
  readonly deaths: number;
  /** So many of them, the last ones, while it was called alone. */
  readonly lanes: number;
  readonly alone: boolean;
  /** Epoch of the owner that called it, or was about to, when it was its turn. */
  readonly exposed: number;
}

export function emptyConsumer(): ConsumerState {
  return { stores: new Map(), owed: new Map(), nextOwed: 0, steering: null };
}

const PREFIX = "consumer/state/";
const OWED_PREFIX = "consumer/owed/";
/** So many handlings share a cell of the image: most are over before it is taken. */
const A_CELL = 16;

/** Key of the cell of one value. Names of stores have no slash; a key may be anybody's text. */
export function valueCell(store: string, key: string): string {
  return `${PREFIX}${store}/${key}`;
}

export function owedCell(number: number): string {
  return `${OWED_PREFIX}${Math.floor(number / A_CELL)}`;
}

/** What `valueCell` and `owedCell` made; null for any other key. */
export function placeOfCell(
  cell: string,
):
  | { readonly kind: "value"; readonly store: string; readonly key: string }
  | { readonly kind: "owed"; readonly first: number; readonly end: number }
  | null {
  if (cell.startsWith(OWED_PREFIX)) {
    const first = Number(cell.slice(OWED_PREFIX.length)) * A_CELL;
    return { kind: "owed", first, end: first + A_CELL };
  }
  if (!cell.startsWith(PREFIX)) return null;
  const split = cell.indexOf("/", PREFIX.length);
  return { kind: "value", store: cell.slice(PREFIX.length, split), key: cell.slice(split + 1) };
}
