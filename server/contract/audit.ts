// What people did, as the log has it.
import { Cursor, JsonText, PageSize, pageOf, Time, z } from "./words.ts";

export const AuditEntry = z
  .object({
    id: z.string(),
    at: Time,
    /** Name of the token; `dev` without one. */
    actor: z.string(),
    /** `run.cancel`, `run.rerun`, `runs.cancel`, `function.pause`, `dead-letter.retry`, … */
    operation: z.string(),
    /** A run's id, a function's, a dead letter's; a filter as JSON. */
    target: z.string(),
    /** JSON; no payloads. */
    parameters: JsonText,
    outcome: z.enum(["asked", "failed"]),
    detail: z.string().nullable(),
    /** Of a failure: id of the entry in which it was asked for. */
    of: z.string().nullable(),
  })
  .openapi("AuditEntry");
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditPage = pageOf(AuditEntry, "AuditPage");
export const AuditQuery = z.strictObject({ cursor: Cursor.optional(), limit: PageSize, target: z.string().max(1_000).optional() });
