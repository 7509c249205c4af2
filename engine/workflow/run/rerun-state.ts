// What a run knows that repeats another.
import type { RunId } from "../../core/ids.ts";
import { textDigest } from "../../core/text-digest.ts";

/** Which events of a re-run are sent: those that differ from the original's, all, or none. */
export type EmitPolicy = "changed" | "all" | "none";
export const EMIT_POLICIES: readonly EmitPolicy[] = ["changed", "all", "none"];

export interface RerunState {
  readonly original: RunId;
  /** By which people know it together with others. */
  readonly operation: string;
  readonly emit: EmitPolicy;
  readonly emitted: EmittedBySteps;
}

/** What the original's steps sent, in their order. */
export type EmittedBySteps = Readonly<Record<string, readonly EmittedEvent[]>>;

export interface EmittedEvent {
  readonly id: string;
  /** See `sentDigest`. */
  readonly digest: string;
}

/** Two events with the same say the same. `value`: the data as it was sent. */
export function sentDigest(name: string, key: string | null, value: Buffer): string {
  return textDigest(JSON.stringify([name, key, value.toString("base64")]));
}
