// Functions of the deployment in force, and how they fare.
import { JsonText, Time, z } from "./words.ts";

export const ListedFunction = z
  .object({
    id: z.string(),
    triggers: z.array(
      z.object({
        kind: z.enum(["event", "cron"]),
        /** An event's name, or a cron expression. */ of: z.string(),
        condition: z.string().nullable(),
      }),
    ),
    /** Flow control as declared, as JSON; null for none. */
    flow: JsonText.nullable(),
    paused: z.enum(["keep", "skip"]).nullable(),
    /** By status, of runs that the history has. */
    counts: z.record(z.string(), z.int()),
    /** Of the last `minutes` minutes, in buckets of equal length, oldest first. */
    rates: z.object({
      minutes: z.int(),
      bucketMs: z.int(),
      begins: Time,
      started: z.array(z.int()),
      completed: z.array(z.int()),
      failed: z.array(z.int()),
    }),
    /** Milliseconds from start to end, of runs that completed in that time; null where none did. */
    latency: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable(),
    /** Runs that wait to start. */
    queued: z.int(),
    lastFailure: z.object({ run: z.string(), at: Time, message: z.string() }).nullable(),
  })
  .openapi("Function");
export type ListedFunction = z.infer<typeof ListedFunction>;

export const FunctionList = z.object({ version: z.int().nullable(), items: z.array(ListedFunction) }).openapi("FunctionList");
export type FunctionList = z.infer<typeof FunctionList>;
export const PauseBody = z
  .strictObject({ /** What becomes of events meanwhile. */ events: z.enum(["keep", "skip"]).default("keep") })
  .openapi("Pause");

/** Sources of the app: how far its tasks are behind them. */
export const SourceLag = z
  .object({ topic: z.string(), partition: z.int(), position: z.int(), end: z.int(), lag: z.int() })
  .openapi("SourceLag");
export const LagList = z.object({ items: z.array(SourceLag), total: z.int() }).openapi("LagList");
export type LagList = z.infer<typeof LagList>;
