// What a step is called towards services: the same on every attempt, and fit for a header and for an event's id.
import { hash } from "node:crypto";
import type { RunId, StepKey } from "../core/ids.ts";

/** A longer step goes in as a hash: services, and events, bound theirs. */
const MAX_STEP = 200;

export function idempotencyKeyOf(run: RunId, step: StepKey): string {
  const text = encodeURIComponent(step);
  return `${run}/${text.length <= MAX_STEP ? text : hash("sha256", text)}`;
}

/** Of one slice of an iteration: what began at another cursor is other work. */
export function sliceKeyOf(key: string, cursor: string | null): string {
  return `${key}/${hash("sha256", cursor ?? "", "base64url")}`;
}
