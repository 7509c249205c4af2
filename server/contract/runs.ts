// Runs: listed, shown with their timeline, and what people may do with them.
import { RUN_STATUSES } from "../../consumers/run-history/list-runs.ts";
import { Cursor, ErrorShown, FunctionId, JsonText, PageSize, pageOf, RunId, Time, TimeGiven, TimeQuery, wholeNumber, z } from "./words.ts";

export const RunStatus = z.enum(RUN_STATUSES).openapi("RunStatus");
export type RunStatus = z.infer<typeof RunStatus>;

const filter = {
  function: FunctionId.optional(),
  /** Several, with commas. */
  status: z.string().max(200).optional(),
  /** Name of the event that triggered it. */
  event: z.string().max(200).optional(),
  /** Beginning of a run's id, an event's id or key, or part of an error's message. */
  search: z.string().max(200).optional(),
  /** Of its start, or of when it was queued or skipped. */
  since: TimeQuery.optional(),
  until: TimeQuery.optional(),
};
export const RunQuery = z.strictObject({ ...filter, cursor: Cursor.optional(), limit: PageSize });
export type RunQuery = z.infer<typeof RunQuery>;
/** The same in a body. */
export const RunFilter = z.strictObject({ ...filter, since: TimeGiven.optional(), until: TimeGiven.optional() }).openapi("RunFilter");
export type RunFilter = z.infer<typeof RunFilter>;

export const ListedRun = z
  .object({
    id: RunId,
    functionId: z.string(),
    status: RunStatus,
    event: z.object({ id: z.string(), name: z.string(), key: z.string().nullable() }).nullable(),
    queuedAt: Time.nullable(),
    startedAt: Time.nullable(),
    endedAt: Time.nullable(),
    /** Why it failed, or is not what people hoped for. */
    reason: z.string().nullable(),
  })
  .openapi("ListedRun");
export type ListedRun = z.infer<typeof ListedRun>;
export const RunPage = pageOf(ListedRun, "RunPage");

export const RunCounts = z
  .object({ items: z.array(z.object({ functionId: z.string(), status: RunStatus, count: z.int() })) })
  .openapi("RunCounts");
export type RunCounts = z.infer<typeof RunCounts>;

export const Attempt = z
  .object({ attempt: z.int(), beganAt: Time.nullable(), failedAt: Time, retryAt: Time.nullable(), error: ErrorShown })
  .openapi("Attempt");

export const ShownStep = z
  .object({
    /** Its id, and how often it came before: `reserve#0`. */
    key: z.string(),
    kind: z.enum(["run", "send", "sleep", "wait", "invoke", "iterate"]),
    status: z.string(),
    beganAt: Time.nullable(),
    endedAt: Time.nullable(),
    /** Of a retry, a sleep, a deadline. */
    dueAt: Time.nullable(),
    output: JsonText.nullable(),
    error: ErrorShown.nullable(),
    attempts: z.array(Attempt),
    /** What it waits for: an event's name and, where it is told, the condition and the value that is compared. */
    waitsFor: z.object({ event: z.string(), match: z.string().nullable() }).nullable(),
    /** The event that came. */
    event: z.object({ id: z.string(), name: z.string(), data: JsonText.nullable() }).nullable(),
    child: z.string().nullable(),
    /** Taken over from the run that this one repeats. */
    isAdopted: z.boolean(),
    /** And people gave it another output. */
    isEdited: z.boolean(),
    sent: z.array(
      z.object({ id: z.string().nullable(), name: z.string().nullable(), data: JsonText.nullable(), confirmedAt: Time.nullable() }),
    ),
  })
  .openapi("Step");
export type ShownStep = z.infer<typeof ShownStep>;

/** What keeps a run from moving right now, the most pressing first, each with what to do about it. */
export const Holdup = z
  .object({
    /** Stable: `SLEEPING`, `WAITING_FOR_EVENT`, `RETRYING`, `WAITING_FOR_CHILD`, `HELD_BY_GATE`, `FUNCTION_PAUSED`, `PARKED`, `QUARANTINED`, `WAITING_FOR_LIMIT`, `NO_CODE`, `NO_WORKER`, `PARTITION_STOPPED`, `EXECUTING`. */
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
    step: z.string().nullable(),
    until: Time.nullable(),
  })
  .openapi("Holdup");
export type Holdup = z.infer<typeof Holdup>;

/** Code that runs right now. */
export const ExecutingStep = z
  .object({
    step: z.string(),
    /** From zero. */
    attempt: z.int(),
    /** When this attempt began. */
    since: Time,
  })
  .openapi("ExecutingStep");

export type ExecutingStep = z.infer<typeof ExecutingStep>;

export const ShownRun = ListedRun.extend({
  partition: z.int().nullable(),
  events: z.array(
    z.object({ origin: z.string(), id: z.string(), name: z.string(), key: z.string().nullable(), time: Time, data: JsonText.nullable() }),
  ),
  steps: z.array(ShownStep),
  /** Of the function's own code. */
  attempts: z.array(Attempt),
  output: JsonText.nullable(),
  error: ErrorShown.nullable(),
  gate: z.string().nullable(),
  retryAt: Time.nullable(),
  parent: z.object({ run: z.string(), step: z.string() }).nullable(),
  rerunOf: z.string().nullable(),
  reruns: z.array(z.string()),
  children: z.array(z.object({ id: z.string(), functionId: z.string(), status: RunStatus, step: z.string() })),
  holdups: z.array(Holdup),
  /** The longest first. Null where another process has the run, which alone knows. */
  executing: z.array(ExecutingStep).nullable(),
  /** Outputs, data or attempts were left out, since together they are more than 8 MiB: those of the earliest steps. Each is there by itself: `/runs/{id}/steps/{key}`. */
  isCut: z.boolean(),
}).openapi("Run");
export type ShownRun = z.infer<typeof ShownRun>;

export const LogLine = z
  .object({
    at: z.int(),
    level: z.enum(["debug", "info", "warn", "error"]),
    message: z.string(),
    step: z.string().nullable(),
    fields: JsonText.nullable(),
  })
  .openapi("LogLine");
export const LogLines = z.object({ items: z.array(LogLine), /** Older lines were let go. */ isCut: z.boolean() }).openapi("LogLines");
export type LogLines = z.infer<typeof LogLines>;

/** Nodes are runs and events; an edge leads from a cause to what came of it. */
export const Lineage = z
  .object({
    nodes: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(["run", "event"]),
        /** A function's id, or an event's name. */
        label: z.string(),
        status: z.string().nullable(),
        /** It is what was asked about. */
        isSubject: z.boolean(),
      }),
    ),
    edges: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        by: z.enum(["triggered", "sent", "awaited", "invoked", "rerun"]),
        step: z.string().nullable(),
      }),
    ),
    isCut: z.boolean(),
  })
  .openapi("Lineage");
export type Lineage = z.infer<typeof Lineage>;

export const WaitQuery = z.strictObject({ /** Seconds. */ timeout: wholeNumber(0, 60).default(30) });
/** The run is over, or was not within the time: then `isOver` is false. */
export const RunResult = z
  .object({ id: RunId, status: RunStatus, isOver: z.boolean(), output: JsonText.nullable(), error: ErrorShown.nullable() })
  .openapi("RunResult");
export type RunResult = z.infer<typeof RunResult>;

export const CancelBody = z.strictObject({ reason: z.string().max(1_000).optional() }).openapi("Cancel");
export const RerunBody = z
  .strictObject({
    /** Key of the step from which on nothing is taken over; absent: from the start. */
    from: z.string().min(1).max(1_000).optional(),
    /** Other data for the event that triggers it. Absent: as it was. */
    data: z.unknown().optional(),
    /** Other outputs, by key, for steps that are taken over; for that of `from`: it is taken over as well, as if somebody had done it by hand. */
    outputs: z.record(z.string(), z.unknown()).optional(),
    /** A run that is not over is cancelled by the decision that begins its re-run. Without it, it is refused: `RERUN_NOT_OVER`. */
    cancel: z.boolean().optional(),
    /** A name for it. Whoever got no answer gives the same again: under one name a run is repeated once. */
    id: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .optional(),
  })
  .openapi("Rerun");
export type RerunBody = z.infer<typeof RerunBody>;
export const RerunAnswer = z.object({ id: RunId, /** Of the re-run. */ operation: z.string() }).openapi("RerunAnswer");
export type RerunAnswer = z.infer<typeof RerunAnswer>;
export const Accepted = z.object({ /** What it was told, in words. */ detail: z.string() }).openapi("Accepted");
export type Accepted = z.infer<typeof Accepted>;

/** Ask with `preview`, then without it and with the count that it gave: should there be more by then, nothing is done. */
export const BulkRuns = z
  .strictObject({
    action: z.enum(["cancel", "rerun", "release"]),
    filter: RunFilter,
    preview: z.boolean().default(false),
    expected: z.int().min(0).optional(),
    reason: z.string().max(1_000).optional(),
    /** A name for it. A re-run that was interrupted goes on where it was if it is given again with the same. */
    id: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .optional(),
  })
  .openapi("BulkRuns");
export type BulkRuns = z.infer<typeof BulkRuns>;
/** `operation` is null for a preview. */
export const BulkAnswer = z
  .object({
    count: z.int(),
    operation: z.string().nullable(),
    examples: z.array(z.string()),
    /** Given as `id`, exactly these runs are meant, by an operation of this name: known before it begins, it can be found should the answer be lost. Null of dead letters. */
    id: z.string().nullable(),
  })
  .openapi("BulkAnswer");
export type BulkAnswer = z.infer<typeof BulkAnswer>;
