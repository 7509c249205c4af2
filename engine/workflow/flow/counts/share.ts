// Shares of something scarce, by stride scheduling (Waldspurger and Weihl, 1995). Each share has a pass, which a start moves on by a stride
// that is the shorter, the heavier the share is; the lowest pass goes first. Virtual time is the highest pass that anything started at.
//
//  pass      0     1000    2000    3000         a: weight 1, stride 1000      b: weight 2, stride 500
//  a starts  a             a                    a newcomer enters at virtual time, so it neither waits for
//  b starts  b   b   b   b                      what others had before it, nor has saved up anything
//
// A share's pass and virtual time are cells of their own. Of shares that are wanted all the time, starts divided by weights differ by less
// than one start of each.
import { said } from "./cell.ts";
import type { FlowCell } from "../state.ts";

/** A stride of weight 1 is a thousand: with 10,000 starts a second of weight 0.1, passes are whole numbers for 28 years. */
const STRIDE_THOUSANDTHS = 1_000_000;
/** Thousandths: 0.01 and 1,000. What lies outside counts as the nearer of them. */
const MIN_WEIGHT = 10;
const MAX_WEIGHT = 1_000_000;
/** A share that started nothing for so long owes nothing: it may have its next a start too early, no more. */
const IDLE_MS = 3_600_000;

export function boundedWeight(thousandths: number): number {
  return Math.min(Math.max(Math.round(thousandths), MIN_WEIGHT), MAX_WEIGHT);
}

export function virtualTimeOf(cell: FlowCell | undefined, now: number): number {
  return said(cell, now)[0] ?? 0;
}

/** The pass of a share: while it waits, and nothing of a higher pass starts, it stays as it is. */
export function enterAt(share: FlowCell | undefined, virtualTime: number, now: number): number {
  return Math.max(said(share, now)[0] ?? 0, virtualTime);
}

/** A share's cell after a start of it. `weight`: thousandths, within their bounds. Virtual time is that from before the start. */
export function afterStart(share: FlowCell | undefined, weight: number, virtualTime: number, now: number): FlowCell {
  const pass = enterAt(share, virtualTime, now);
  const [, rest = 0, ofWeight] = said(share, now);
  // What a whole number of steps left over; so strides add up exactly.
  const over = STRIDE_THOUSANDTHS + (ofWeight === weight ? rest : 0);
  const numbers = [pass + Math.floor(over / weight), over % weight, weight];
  return { kind: "share", until: now + IDLE_MS, numbers, text: null };
}

/**
 * The cell of virtual time after a start of a share that was at `pass`; null where it may stay as it is. It is never over before a share's
 * cell is: shares with a pass would wait for ever behind a virtual time that began anew.
 */
export function virtualTimeAfter(cell: FlowCell | undefined, pass: number, now: number): FlowCell | null {
  const before = virtualTimeOf(cell, now);
  if (before >= pass && cell !== undefined && cell.until >= now + IDLE_MS) return null;
  return { kind: "share", until: now + 2 * IDLE_MS, numbers: [Math.max(before, pass)], text: null };
}
