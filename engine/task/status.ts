// The life of a task: its states, and the only moves between them.
//
//   CREATED ──▶ RESTORING ──▶ RUNNING ──▶ RELEASING ──▶ CLOSED
//      └────────────┴────────────┴───────────────────────▲      (fenced, stopped, aborted)
import { assert, unreachable } from "../core/errors.ts";

export type TaskStatus = "CREATED" | "RESTORING" | "RUNNING" | "RELEASING" | "CLOSED";

const MOVES: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  CREATED: ["RESTORING", "CLOSED"],
  RESTORING: ["RUNNING", "CLOSED"],
  RUNNING: ["RELEASING", "CLOSED"],
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
