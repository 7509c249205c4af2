// GET /app: what this server serves, and what the caller may do.
import { Scope, z } from "./words.ts";

export const AppInfo = z
  .object({
    id: z.string(),
    /** Of the package. */
    version: z.string(),
    /** `dev` needs no login. */
    mode: z.enum(["dev", "start"]),
    /** Where the log is, for people. */
    log: z.string(),
    partitions: z.int(),
    /** How many workers are running now, here and elsewhere, by the word of the log, some seconds old; null where it does not say. */
    workers: z.int().nullable(),
    /** Of the caller. */
    scopes: z.array(Scope),
    /** Name of the token; `dev` where none is needed. */
    actor: z.string(),
    /** Whether this process has the app's code: dry runs and events with declared schemas need it. */
    hasCode: z.boolean(),
    /** Where a run's log lines are found elsewhere: an address with `{run}` in it; null: only those that this process keeps. */
    logLink: z.string().nullable(),
    /** The history is behind the journals by so many records; null while it is read for the first time, or gets nothing more of a partition, as `gaps` says. */
    historyLag: z.int().nullable(),
    /** What of the history is missing, in words. */
    gaps: z.array(z.string()),
  })
  .openapi("App");
export type AppInfo = z.infer<typeof AppInfo>;
