// Types of events: a map given once, `new Millrace<Events>`, and what follows from it for triggers, handlers and `send`.
import type { EventView } from "../execution/function.ts";
import type { Failure } from "../workflow/records.ts";
import type { FUNCTION_FAILED } from "../workflow/run/fail.ts";

/** Without a map every name is allowed, and data is not checked. */
// oxlint-disable-next-line typescript/no-explicit-any -- the one place where an app may say that it does not want types
export type AnyEvents = Record<string, any>;

/** What the engine itself tells. */
export interface EngineEvents {
  [FUNCTION_FAILED]: FunctionFailedData;
}

export interface FunctionFailedData<Name extends string = string, Data = unknown> {
  readonly functionId: string;
  readonly runId: string;
  readonly error: Failure;
  /** The event that had started the run. */
  readonly event: { readonly id: string; readonly name: Name; readonly time: number; readonly key: string | null; readonly data: Data };
}

export type EventName<Events> = keyof Events & string;

/** `order/line/added` may be matched by `order/*` and `order/line/*`. */
type WildcardsOf<Name extends string> = Name extends `${infer Head}/${infer Rest}` ? `${Head}/*` | `${Head}/${WildcardsOf<Rest>}` : never;

export type TriggerPattern<Events> = EventName<Events> | EventName<EngineEvents> | WildcardsOf<EventName<Events>> | "*";

export interface Trigger<Events> {
  /** Name of an event, or a prefix with a wildcard at its end. */
  readonly event: TriggerPattern<Events>;
}

type NamesMatching<Events, Pattern> = Pattern extends "*"
  ? EventName<Events> | EventName<EngineEvents>
  : Pattern extends `${infer Head}*`
    ? Extract<EventName<Events>, `${Head}${string}`>
    : Pattern extends EventName<Events> | EventName<EngineEvents>
      ? Pattern
      : never;

type ViewOf<Events, Name> =
  Name extends EventName<EngineEvents>
    ? EventView<Name, EngineEvents[Name]>
    : Name extends EventName<Events>
      ? EventView<Name, Events[Name]>
      : never;

/** The events that a function with these triggers can get: a union told apart by `name`. */
export type TriggeredBy<Events, Triggers extends readonly Trigger<Events>[]> = ViewOf<
  Events,
  NamesMatching<Events, Triggers[number]["event"]>
>;

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
  };
}[EventName<Events>];
