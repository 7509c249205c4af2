// The life of a task: its states, and the only moves between them.
//
//   CREATED ──▶ RESTORING ──▶ RUNNING ──▶ LEAVING ──▶ RELEASING ──▶ CLOSED
//      └────────────┴────────────┴───────────┴───────────────────────▲      (fenced, stopped, aborted)
import { assert, unreachable } from "../core/errors.ts";

export type TaskStatus =
  | "CREATED"
  | "RESTORING"
  | "RUNNING"
  /** It has said in the journal that it goes, and does all that it did, until its successor is ready. */
  | "LEAVING"
  /** It begins nothing any more: what executes may end, and is recorded. */
  | "RELEASING"
  | "CLOSED";

const MOVES: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  CREATED: ["RESTORING", "CLOSED"],
  RESTORING: ["RUNNING", "CLOSED"],
  RUNNING: ["LEAVING", "CLOSED"],
  LEAVING: ["RELEASING", "CLOSED"],
  RELEASING: ["CLOSED"],
  CLOSED: [],
};

/** Why a task is over. */
export type TaskEnd =
  /** It handed its partition over, or was told to go. */
  | { readonly kind: "released" }
  /** Another owner claimed the partition (R3): nothing of this one counts any more. */
  | { readonly kind: "fenced"; readonly by: string }
  /** It cannot go on, and says why (R9). */
  | { readonly kind: "stopped"; readonly error: Error };

export function moved(from: TaskStatus, to: TaskStatus): TaskStatus {
  assert(MOVES[from].includes(to), `a task cannot go from ${from} to ${to}`);
  return to;
}

/** It owns its partition as far as it knows, and decides. */
export function isOwning(status: TaskStatus): boolean {
  return isServing(status) || status === "RELEASING";
}

/** It takes on more: reads its sources, calls runs' code. */
export function isServing(status: TaskStatus): boolean {
  return status === "RUNNING" || status === "LEAVING";
}

export function reasonOf(end: TaskEnd): string {
  switch (end.kind) {
    case "released":
      return "the partition was handed over";
    case "fenced":
      return end.by;
    case "stopped":
      return end.error.message;
    default:
      return unreachable(end);
  }
}
