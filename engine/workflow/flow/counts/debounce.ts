// When the last event of a key goes on: after a time without another, and at the latest a time after the first.
import type { DebounceSpec } from "../spec.ts";
import type { HeldEvents } from "../state.ts";

/** Milliseconds since 1970, never before `now`. `held`: what came before, if anything waits. */
export function debounceDue(held: Pick<HeldEvents, "since"> | undefined, { periodMs, timeoutMs }: DebounceSpec, now: number): number {
  const latest = timeoutMs === undefined ? Number.POSITIVE_INFINITY : (held?.since ?? now) + timeoutMs;
  return Math.max(now, Math.min(now + periodMs, latest));
}
