// What takes a while: bulk commands, dry runs, re-runs, back-fills, verification.
import { Time, z } from "./words.ts";

export const OPERATION_KINDS = ["bulk-runs", "bulk-dead-letters", "dry-run", "apply", "backfill", "verify"] as const;

export const Operation = z
  .object({
    id: z.string(),
    kind: z.enum(OPERATION_KINDS),
    /** What it does, for people. */
    title: z.string(),
    state: z.enum(["running", "done", "failed", "stopped"]),
    done: z.int(),
    total: z.int().nullable(),
    /** For people: what it is at. */
    detail: z.string(),
    startedAt: Time,
    endedAt: Time.nullable(),
    actor: z.string(),
    /** Where it failed. */
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .openapi("Operation");
export type Operation = z.infer<typeof Operation>;
export const OperationList = z.object({ items: z.array(Operation) }).openapi("OperationList");
