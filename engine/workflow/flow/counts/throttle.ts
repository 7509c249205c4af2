// Starts at a steady rate: the generic cell rate algorithm in its form as a leaky bucket (ITU-T I.371, annex A), in whole numbers.
//
// The bucket's level is what was started lately. A start adds `periodMs`, and `limit` a millisecond runs out; so the unit is the
// `periodMs`-th part of a start, and no rate has to be rounded. There may be a start while no more than `burst - 1` starts are in it.
import { said } from "./cell.ts";
import type { ThrottleSpec } from "../spec.ts";
import type { FlowCell } from "../state.ts";

/** Lateness that a rate is not to suffer from. */
const FORGIVEN_MS = 20;
/** Starts that are so far apart lose nothing worth mentioning by being late, and are never closer. */
const FAR_APART_MS = 1_000;

/** When the next may start, milliseconds since 1970; not after `now`: it may now. `burst * periodMs` is to be below 2^53. */
export function throttled(cell: FlowCell | undefined, spec: ThrottleSpec, now: number): { readonly at: number } {
  const { at, level } = bucketOf(cell, spec, now);
  const tooMuch = level - (spec.burst - 1) * spec.periodMs;
  return { at: at + Math.max(0, Math.ceil(tooMuch / spec.limit)) };
}

/**
 * As of when a start counts that is made at `now` and has been wanted since `since`: of when it was due, if that is no more than 20 ms ago.
 * Else each start would put off all that follow by how late its timer was. Starts a second or more apart count as of `now`.
 */
export function countsAt(cell: FlowCell | undefined, spec: ThrottleSpec, since: number, now: number): number {
  const forgiven = spec.periodMs < FAR_APART_MS * spec.limit ? FORGIVEN_MS : 0;
  return Math.min(now, Math.max(throttled(cell, spec, now).at, since, now - forgiven));
}

/**
 * The cell after a start that counts as of `at`, which is not before `throttled`. Where that is the time of the start, any window of
 * `periodMs` has at most `limit + burst - 1` starts; where it is `countsAt`, at most as many more as come in 20 ms, rounded up. With starts
 * always wanted there are never fewer than `limit` in a period.
 *
 * Another `limit`, `periodMs` or `burst` than the cell was written with counts as though it had been so since the last start.
 */
export function afterStart(cell: FlowCell | undefined, spec: ThrottleSpec, at: number): FlowCell {
  const { limit, periodMs } = spec;
  const before = bucketOf(cell, spec, at);
  const left = before.level - (at - before.at) * limit;
  // Less than empty by less than a millisecond: the start was due within it, and the next is due as much earlier. Without that, 7 a
  // second would be 6.99.
  const level = (left > -limit ? left : 0) + periodMs;
  const emptyAt = at + Math.ceil(level / limit);
  return { kind: "throttle", until: emptyAt + 1 + FORGIVEN_MS, numbers: [at, level, periodMs], text: null };
}

interface Bucket {
  /** When the level was so, milliseconds since 1970. */
  readonly at: number;
  readonly level: number;
}

function bucketOf(cell: FlowCell | undefined, { periodMs }: ThrottleSpec, now: number): Bucket {
  const [at = 0, level = 0, unit = periodMs] = said(cell, now);
  return { at, level: unit === periodMs ? level : Math.ceil((level / unit) * periodMs) };
}
