// A consumer in the image: a cell for each value that it keeps, and one for each few events that are to be handled.
import { setValue } from "../consumer/consume.ts";
import { owedCell, placeOfCell, valueCell, type ConsumerState, type OwedHandling } from "../consumer/state.ts";

export const CONSUMER_PREFIX = "consumer/";

/** Where each part of it lives in the image (R12). The compiler asks whoever adds one. */
const HOMES: { readonly [Field in keyof ConsumerState]: (consumer: ConsumerState) => Iterable<string> } = {
  *stores({ stores }) {
    for (const [store, values] of stores) for (const key of values.keys()) yield valueCell(store, key);
  },
  owed: ({ owed }) => new Set([...owed.keys()].map(owedCell)),
  // In a small cell.
  nextOwed: () => [],
  steering: () => [],
};

export function* consumerKeys(consumer: ConsumerState): Iterable<string> {
  for (const keys of Object.values(HOMES)) yield* keys(consumer);
}

/** What the cell of this key holds; null where it is gone. */
export function consumerBody({ stores, owed }: ConsumerState, cell: string): string | null {
  const place = placeOfCell(cell);
  if (place === null) return null;
  if (place.kind === "value") return stores.get(place.store)?.get(place.key) ?? null;
  const handlings: OwedHandling[] = [];
  for (let number = place.first; number < place.end; number++) {
    const handling = owed.get(number);
    if (handling !== undefined) handlings.push(handling);
  }
  return handlings.length === 0 ? null : JSON.stringify(handlings);
}

/** Fills in what a cell says. Returns false for one that nobody knows. */
export function readConsumerCell({ stores, owed }: ConsumerState, cell: string, body: string): boolean {
  const place = placeOfCell(cell);
  if (place === null) return false;
  if (place.kind === "value") setValue(stores, place.store, place.key, body);
  else for (const handling of JSON.parse(body) as readonly OwedHandling[]) owed.set(handling.number, handling);
  return true;
}
