// Types of events: a map given once, `new Millrace<Events>`, from which follows what is sent, awaited and handled.
import type { Json } from "./json.ts";
import type { Failure } from "../workflow/records.ts";
import type { FUNCTION_CANCELLED, FUNCTION_FAILED } from "../workflow/run/handlers.ts";

/** Without a map every name is allowed, and data is not checked. */
// oxlint-disable-next-line typescript/no-explicit-any -- the one place where an app may say that it does not want types
export type AnyEvents = Record<string, any>;

/** An event as user code gets it. `data` is what its JSON says. */
export interface EventView<Name extends string = string, Data = unknown> {
  readonly name: Name;
  readonly data: Data;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly key: string | null;
  /** Id of the event that this one corrects, sent by a run that was repeated (`millrace replay --apply`); null for any other. */
  readonly corrects: string | null;
  /** Where in the log it stands; null for an event that the engine made. */
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number } | null;
}

/** What the engine itself tells. */
export interface EngineEvents {
  [FUNCTION_FAILED]: FunctionFailedData;
  [FUNCTION_CANCELLED]: FunctionCancelledData;
}

export interface FunctionFailedData<Name extends string = string, Data = unknown> extends EndedData<Name, Data> {
  readonly error: Failure;
}

export interface FunctionCancelledData<Name extends string = string, Data = unknown> extends EndedData<Name, Data> {
  readonly reason: string;
}

interface EndedData<Name extends string, Data> {
  readonly functionId: string;
  readonly runId: string;
  /** The event that had started the run. */
  readonly event: { readonly id: string; readonly name: Name; readonly time: number; readonly key: string | null; readonly data: Data };
}

export type EventName<Events> = keyof Events & string;

/** What can be awaited: events of the app, and what the engine tells. */
export type AwaitedName<Events> = EventName<Events> | EventName<EngineEvents>;

export type ViewOf<Events, Name> =
  Name extends EventName<EngineEvents>
    ? EventView<Name, EngineEvents[Name]>
    : Name extends EventName<Events>
      ? EventView<Name, Json<Events[Name]>>
      : never;

/** An event to send. */
export type EventToSend<Events> = {
  [Name in EventName<Events>]: {
    readonly name: Name;
    readonly data: Events[Name];
    /** Events of one key keep their order. Default: none. */
    readonly key?: string;
    /** Idempotency key: within 24 hours the same id counts once. Default: one of the sender's own, by which its retries are known. */
    readonly id?: string;
    /** When it happened. Default: now. */
    readonly time?: Date | number;
    /** Whom the data is about, such as a user's id: it is sealed under a key of that subject, and gone when `app.erase` erases it. */
    readonly subject?: string;
    /** W3C trace context that the event belongs to, where that is another than the caller's. What is malformed is passed over. */
    readonly traceparent?: string;
    readonly tracestate?: string;
  };
}[EventName<Events>];
