// What could not be decided or handled, and was set aside: inputs of sources, events of consumers, and runs that ended their processes.
import { Cursor, PageSize, pageOf, Time, TimeGiven, TimeQuery, z } from "./words.ts";

export const DEAD_LETTER_KINDS = ["input", "handling", "run"] as const;
export const DeadLetterState = z.enum(["open", "retried", "discarded"]);
const kind = z.enum(DEAD_LETTER_KINDS);

const filter = {
  kind: kind.optional(),
  state: DeadLetterState.optional(),
  code: z.string().max(100).optional(),
  topic: z.string().max(249).optional(),
  consumer: z.string().max(200).optional(),
  since: TimeQuery.optional(),
  until: TimeQuery.optional(),
};
export const DeadLetterQuery = z.strictObject({ ...filter, cursor: Cursor.optional(), limit: PageSize });
export type DeadLetterQuery = z.infer<typeof DeadLetterQuery>;
export const DeadLetterFilter = z
  .strictObject({ ...filter, since: TimeGiven.optional(), until: TimeGiven.optional() })
  .openapi("DeadLetterFilter");

export const ListedDeadLetter = z
  .object({
    /** Of a record: where it stands, `topic:partition:offset` of its dead-letter topic. Of a run: its id. */
    id: z.string(),
    kind,
    state: DeadLetterState,
    code: z.string(),
    reason: z.string(),
    at: Time,
    /** Where it came from. */
    source: z.object({ topic: z.string(), partition: z.int(), offset: z.int() }).nullable(),
    run: z.string().nullable(),
    consumer: z.string().nullable(),
    /** False: why a retry is not possible is told by `retry` of the letter. */
    canRetry: z.boolean(),
  })
  .openapi("ListedDeadLetter");
export type ListedDeadLetter = z.infer<typeof ListedDeadLetter>;
export const DeadLetterPage = pageOf(ListedDeadLetter, "DeadLetterPage");

export const DeadLetter = ListedDeadLetter.extend({
  key: z.string().nullable(),
  /** For who may not see payloads: those of CloudEvents and of traces. */
  headers: z.record(z.string(), z.string()),
  /** As text where it is text, else null; null too for who may not see payloads. */
  value: z.string().nullable(),
  valueBase64: z.string().nullable(),
  /** What a retry would do, or why there is none. */
  retry: z.string(),
  /** Who retried or discarded it, and when. */
  resolution: z.object({ at: Time, actor: z.string() }).nullable(),
}).openapi("DeadLetter");
export type DeadLetter = z.infer<typeof DeadLetter>;

export const BulkDeadLetters = z
  .strictObject({
    action: z.enum(["retry", "discard"]),
    filter: DeadLetterFilter,
    preview: z.boolean().default(false),
    expected: z.int().min(0).optional(),
  })
  .openapi("BulkDeadLetters");
