// Back-fills: a function gets events from before it counted. What is shown of them is what the journals say, whoever began them.
// `GET /backfills` and `/backfills/{id}`; `POST /backfills/{id}/pause`, `…/resume` and `…/cancel` are answered when the log has them.
import { FunctionId, Time, TimeGiven, z } from "./words.ts";

export const BackfillBody = z
  .strictObject({
    function: FunctionId,
    since: TimeGiven.optional(),
    /** Events a second; absent: the engine's default. */
    rate: z.number().positive().max(1_000_000).optional(),
    id: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .optional(),
  })
  .openapi("StartBackfill");
export type BackfillBody = z.infer<typeof BackfillBody>;

/** `running` while any partition has something left; `abandoned`: it cannot go on, and `reasons` says why. */
export const BackfillStatus = z.enum(["running", "paused", "done", "cancelled", "abandoned"]).openapi("BackfillStatus");

export const Backfill = z
  .object({
    id: z.string(),
    functionId: z.string(),
    status: BackfillStatus,
    /** Events a second in all partitions; 0: no bound. */
    rate: z.number(),
    /** Null: from the beginning. */
    since: Time.nullable(),
    /** Null: up to where the function gets events anyway. */
    until: Time.nullable(),
    /** When the first partition began it. */
    startedAt: Time,
    /** Events that entered the function. */
    started: z.int(),
    /** Events that had entered it before, and copies of others. */
    skipped: z.int(),
    /** Offsets that are gone from their topics. */
    missing: z.int(),
    /** A topic begins behind the time that was asked for: nobody knows how many are gone. */
    isCut: z.boolean(),
    /** Offsets of partitions that have looked where theirs are, and how many of these are not decided. */
    total: z.int(),
    left: z.int(),
    /** Why partitions ended it as they did. */
    reasons: z.array(z.string()),
    /** Partitions that have not decided it yet: they have no owner, or are behind. */
    unheard: z.array(z.int()),
  })
  .openapi("Backfill");
export type Backfill = z.infer<typeof Backfill>;
/** The newest first. */
export const BackfillList = z.object({ items: z.array(Backfill) }).openapi("BackfillList");
