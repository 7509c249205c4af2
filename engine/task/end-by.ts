// How a task ends by an error.
import { LogError } from "../log/errors.ts";
import { FencedError } from "./journal-tail.ts";
import type { TaskEnd } from "./status.ts";

export function endBy(error: unknown): TaskEnd {
  if (error instanceof FencedError) return { kind: "fenced", by: error.message };
  if (error instanceof LogError && (error.code === "LOG_CLOSED" || error.code === "LOG_ABORTED")) return { kind: "released" };
  return { kind: "stopped", error: error instanceof Error ? error : new Error(String(error)) };
}
