// At most so many starts in any window of a length, wherever it begins. What was refused does not count.
import { said } from "./cell.ts";
import type { RateLimitSpec } from "../spec.ts";
import type { FlowCell } from "../state.ts";

export type CountedStart =
  | { readonly allowed: true; readonly cell: FlowCell }
  /** `until`: the earliest time at which there is room again, milliseconds since 1970. */
  | { readonly allowed: false; readonly until: number };

/** Starts that count until the last of them leaves the window. */
interface Slot {
  readonly last: number;
  readonly count: number;
}

/** Up to that limit each start has its own slot. */
const EXACT = 16;

/**
 * May a run start at `now`? A window holds what came less than `periodMs` after its first. Exact for a limit of up to 16. For a larger one,
 * starts of the same sixteenth of a period share a slot, and a cell has 17 of them at the most: never more than `limit` starts in a window,
 * and a start may be refused although there has been room for less than `periodMs / 16`.
 *
 * Another `limit` or `periodMs` than the cell was written with counts at once. Of a longer period than before it is known only what the
 * shorter one still held.
 */
export function countStart(cell: FlowCell | undefined, { limit, periodMs }: RateLimitSpec, now: number): CountedStart {
  const slots = slotsOf(said(cell, now)).filter(({ last }) => last + periodMs > now);
  let over = slots.reduce((sum, { count }) => sum + count, 1) - limit;
  if (over > 0) {
    const leaving = slots.find(({ count }) => (over -= count) <= 0);
    return { allowed: false, until: (leaving?.last ?? now) + periodMs };
  }
  const width = limit <= EXACT ? 1 : Math.ceil(periodMs / EXACT);
  const numbers = merged([...slots, { last: now, count: 1 }], width).flatMap(({ last, count }) => [last, count]);
  return { allowed: true, cell: { kind: "rate", until: now + periodMs, numbers, text: null } };
}

function slotsOf(numbers: readonly number[]): readonly Slot[] {
  const slots: Slot[] = [];
  for (let index = 0; index < numbers.length; index += 2) slots.push({ last: numbers[index] ?? 0, count: numbers[index + 1] ?? 0 });
  return slots;
}

/** Slots whose last starts are of the same stretch of `width` become one. */
function merged(slots: readonly Slot[], width: number): readonly Slot[] {
  const result: Slot[] = [];
  for (const slot of slots) {
    const before = result.at(-1);
    const isSame = before !== undefined && Math.floor(before.last / width) === Math.floor(slot.last / width);
    if (isSame) result[result.length - 1] = { last: slot.last, count: before.count + slot.count };
    else result.push(slot);
  }
  return result;
}
