// A circuit breaker. It opens when too many of the attempts of late have failed; after a cooldown one is let through, and its end decides.
//
//  closed ── a failure, and the rate is reached ──▶ open ── cooldown ──▶ half-open ── success ──▶ closed, counts begin anew
//                                                    ▲                      │
//                                                    └────── failure ───────┘
import { said } from "./cell.ts";
import type { BreakerSpec } from "../spec.ts";
import type { FlowCell } from "../state.ts";

export type BreakerState = "closed" | "open" | "half-open";

/** Of fewer attempts no rate is made. */
export const MIN_ATTEMPTS = 10;
const BUCKETS = 16;
/** A breaker that is half-open and that nobody has tried for so long is closed: else values of a key would be kept for ever. */
const UNTRIED_MS = 86_400_000;
const CLOSED = -1;

/**
 * The cell after the end of an attempt, or null where it is as it was: an open breaker has decided already. While it is half-open the first
 * end counts as that of the trial, though it may have begun before.
 *
 * Each attempt counts, exactly, in a sixteenth of the window that begins at a multiple of its length; the window is this one and the 15
 * before it. So it reaches back by no more than `windowMs`, and by no less than 15/16 of that. Another `windowMs` begins anew.
 */
export function noted(cell: FlowCell | undefined, spec: BreakerSpec, now: number, failed: boolean): FlowCell | null {
  const state = stateOf(cell, spec, now);
  if (state === "open") return null;
  if (state === "half-open") return failed ? opened(spec, now) : closed(countedIn([], spec, now, false));
  const counts = countedIn(said(cell, now), spec, now, failed);
  return failed && isTooMany(counts, spec) ? opened(spec, now) : closed(counts);
}

export function stateOf(cell: FlowCell | undefined, spec: BreakerSpec, now: number): BreakerState {
  const [openedAt = CLOSED] = said(cell, now);
  if (openedAt === CLOSED) return "closed";
  return now < openedAt + spec.cooldownMs ? "open" : "half-open";
}

/** Its attempts count; else it is open, or has been and waits for a trial. */
export function isClosed({ numbers: [openedAt = CLOSED] }: Pick<FlowCell, "numbers">): boolean {
  return openedAt === CLOSED;
}

/** When an open breaker is half-open, milliseconds since 1970; null when it is not open. */
export function openUntil(cell: FlowCell | undefined, spec: BreakerSpec, now: number): number | null {
  const [openedAt = CLOSED] = said(cell, now);
  return stateOf(cell, spec, now) === "open" ? openedAt + spec.cooldownMs : null;
}

/** The newest sixteenth and those before it: of each the attempts, and how many of them failed. */
interface Counts {
  readonly widthMs: number;
  /** Number of the newest, counted from 1970 on. */
  readonly newest: number;
  readonly pairs: readonly number[];
}

function countedIn([, width, newest = 0, ...counted]: readonly number[], { windowMs }: BreakerSpec, now: number, failed: boolean): Counts {
  const widthMs = Math.ceil(windowMs / BUCKETS);
  const index = Math.floor(now / widthMs);
  const before = width === widthMs ? counted : [];
  const passed = new Array<number>(before.length > 0 ? 2 * (index - newest) : 0).fill(0);
  const [all = 0, failures = 0, ...others] = [...passed, ...before].slice(0, 2 * BUCKETS);
  return { widthMs, newest: index, pairs: [all + 1, failures + (failed ? 1 : 0), ...others] };
}

function isTooMany({ pairs }: Counts, { errorRate }: BreakerSpec): boolean {
  let all = 0;
  let failures = 0;
  for (let index = 0; index < pairs.length; index += 2) {
    all += pairs[index] ?? 0;
    failures += pairs[index + 1] ?? 0;
  }
  return all >= MIN_ATTEMPTS && failures / all >= errorRate;
}

function closed({ widthMs, newest, pairs }: Counts): FlowCell {
  const until = (newest + BUCKETS) * widthMs;
  return { kind: "breaker", until, numbers: [CLOSED, widthMs, newest, ...pairs], text: null };
}

function opened({ cooldownMs }: BreakerSpec, now: number): FlowCell {
  return { kind: "breaker", until: now + cooldownMs + UNTRIED_MS, numbers: [now], text: null };
}
