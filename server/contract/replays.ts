// Dry runs of today's code over past runs, and re-runs of those that would differ.
import { Cursor, FunctionId, PageSize, pageOf, TimeGiven, z } from "./words.ts";
import { Operation } from "./operations.ts";

export const DryRunBody = z
  .strictObject({
    function: FunctionId,
    since: TimeGiven.optional(),
    until: TimeGiven.optional(),
    /** CEL over `event`. */
    where: z.string().max(10_000).optional(),
    /** Ids of steps to compute again beside those that are declared pure. */
    recompute: z.array(z.string().max(200)).max(100).default([]),
  })
  .openapi("DryRun");
export type DryRunBody = z.infer<typeof DryRunBody>;

export const Replay = z
  .object({
    operation: Operation,
    function: z.string(),
    request: DryRunBody,
    /** By verdict; null while it runs. */
    counts: z.record(z.string(), z.int()).nullable(),
    total: z.int().nullable(),
    /** How many runs are affected by what changed. */
    affected: z.int().nullable(),
    /** Journals that lack something of the time asked for, in words. */
    missing: z.array(z.string()),
    /** Operations that applied it, on this server: `apply.<id of the replay>`, once it was. Given again, it goes on where it was. */
    applied: z.array(z.string()),
  })
  .openapi("Replay");
export type Replay = z.infer<typeof Replay>;
export const ReplayList = z.object({ items: z.array(Replay) }).openapi("ReplayList");

export const Difference = z
  .object({
    run: z.string(),
    verdict: z.string(),
    step: z.string().nullable(),
    detail: z.string(),
    was: z.string().nullable(),
    is: z.string().nullable(),
  })
  .openapi("Difference");
export type Difference = z.infer<typeof Difference>;
export const DifferencePage = pageOf(Difference, "DifferencePage");
export const DifferenceQuery = z.strictObject({ verdict: z.string().max(50).optional(), cursor: Cursor.optional(), limit: PageSize });

export const ApplyBody = z
  .strictObject({
    /** Only these of the affected runs; absent: all of them. */
    runs: z.array(z.string()).max(10_000).optional(),
    emit: z.enum(["changed", "all", "none"]).default("changed"),
    whileRunning: z.enum(["refuse", "skip", "cancel"]).default("refuse"),
    /** Runs a second; 0: as fast as it goes. */
    rate: z.number().min(0).max(100_000).default(0),
    /** How many runs it is about, as the caller was told: should it be another number, nothing is done. */
    expected: z.int().min(0).optional(),
  })
  .openapi("Apply");
export type ApplyBody = z.infer<typeof ApplyBody>;
