// Events: sent, listed, and what came of them.
import { Cursor, JsonText, PageSize, pageOf, Time, TimeQuery, z } from "./words.ts";

/** As `app.send` takes it. */
export const EventToSend = z
  .strictObject({
    name: z.string().min(1).max(200),
    data: z.unknown(),
    /** An idempotency key: it counts once in 24 hours. */
    id: z.string().min(1).max(200).optional(),
    key: z.string().min(1).max(1_000).optional(),
    /** Whom it is about: its data is sealed for them, and can be erased. Of an app that is `erasable`. */
    subject: z.string().min(1).max(512).optional(),
    /** ISO 8601, or milliseconds since 1970. */
    time: z.union([z.iso.datetime({ offset: true }), z.int()]).optional(),
  })
  .openapi("EventToSend");
export type EventToSend = z.infer<typeof EventToSend>;

export const SentEvents = z
  .object({
    /** In the order in which they were given. */
    events: z.array(z.object({ id: z.string(), topic: z.string(), partition: z.int(), offset: z.int() })),
  })
  .openapi("SentEvents");
export type SentEvents = z.infer<typeof SentEvents>;

/** Of NDJSON: line n of the answer is about line n of what was sent. */
export const SentLine = z
  .union([z.object({ id: z.string() }), z.object({ code: z.string(), detail: z.string(), status: z.enum(["not-sent", "unknown"]) })])
  .openapi("SentLine");

export type SentLine = z.infer<typeof SentLine>;

export const ListedEvent = z
  .object({
    /** topic/partition/offset. */
    origin: z.string(),
    id: z.string(),
    name: z.string(),
    key: z.string().nullable(),
    time: Time,
    appendedAt: Time,
    topic: z.string(),
    partition: z.int(),
    offset: z.int(),
    /** Id of the event in whose place it comes. */
    corrects: z.string().nullable(),
    /** How many runs it started. */
    runs: z.int(),
  })
  .openapi("ListedEvent");
export type ListedEvent = z.infer<typeof ListedEvent>;
export const EventPage = pageOf(ListedEvent, "EventPage");

export const EventQuery = z.strictObject({
  name: z.string().max(200).optional(),
  key: z.string().max(1_000).optional(),
  /** Part of an id or a name. */
  search: z.string().max(200).optional(),
  since: TimeQuery.optional(),
  until: TimeQuery.optional(),
  cursor: Cursor.optional(),
  limit: PageSize,
});
export type EventQuery = z.infer<typeof EventQuery>;

export const ShownEvent = ListedEvent.extend({
  /** Null for who may not see payloads. */
  data: JsonText.nullable(),
  /** Of its schema, where it was written by one; `version` where the registry tells it. */
  schema: z.object({ id: z.int().nullable(), name: z.string(), version: z.int().nullable() }).nullable(),
  startedRuns: z.array(z.object({ id: z.string(), functionId: z.string(), status: z.string() })),
  /** Runs whose step waited for it. */
  awaitedBy: z.array(z.object({ id: z.string(), functionId: z.string(), step: z.string() })),
  /** The run and step that sent it; null: it came from outside. */
  sentBy: z.object({ run: z.string(), step: z.string().nullable() }).nullable(),
}).openapi("Event");
export type ShownEvent = z.infer<typeof ShownEvent>;

/** Names that functions are triggered by, and those that have a schema: for a form. */
export const EventType = z
  .object({
    name: z.string(),
    /** The Avro schema that it is read by, as text; null where it has none, or it is not Avro's. */
    avro: JsonText.nullable(),
    /** Functions that it triggers. */
    functions: z.array(z.string()),
    /** Data of the latest event of this name that the history has, to begin with. */
    example: JsonText.nullable(),
  })
  .openapi("EventType");
export type EventType = z.infer<typeof EventType>;
export const EventTypes = z.object({ items: z.array(EventType) }).openapi("EventTypes");
export type EventTypes = z.infer<typeof EventTypes>;
