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
  readonly waits: WaitsBySteps;
}

/** What the original's steps sent, in their order. */
export type EmittedBySteps = Readonly<Record<string, readonly EmittedEvent[]>>;

export interface EmittedEvent {
  readonly id: string;
  readonly name: string;
  readonly key: string | null;
  /** See `sentDigest`. */
  readonly digest: string;
}

/** From when on events counted for the original's waits, milliseconds since 1970. */
export type WaitsBySteps = Readonly<Record<string, number>>;

/** Two events with the same say the same. `value`: the data as it was sent; names in JSON have no order. */
export function sentDigest(name: string, key: string | null, value: Buffer, writtenAs: "json" | "avro"): string {
  const data = writtenAs === "json" ? inOrder(value.toString()) : value.toString("base64");
  return textDigest(JSON.stringify([name, key, writtenAs, data]));
}

function inOrder(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), (_, value: unknown) => (isObject(value) ? sorted(value) : value));
  } catch {
    // It is none, or too deep.
    return json;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
