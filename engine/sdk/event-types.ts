// Types of events: a map given once, `new Millrace<Events>`, and what follows from it for triggers, handlers and `send`.
import type { Duration } from "../core/duration.ts";
import type { EventView } from "../execution/function.ts";
import type { CRON_EVENT } from "../workflow/cron/tick.ts";
import type { Failure } from "../workflow/records.ts";
import type { FUNCTION_FAILED } from "../workflow/run/handlers.ts";

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

/** What starts a function: an event, or a time of the day. */
export type Trigger<Events> = EventTrigger<Events> | CronTrigger;

export interface EventTrigger<Events> {
  /** Name of an event, or a prefix with a wildcard at its end. */
  readonly event: TriggerPattern<Events>;
  /** CEL over `event`, e.g. `event.data.plan == 'pro'`: without it, the name is enough. Where it cannot be answered for an event, it is not true. */
  readonly if?: string;
  readonly cron?: never;
  readonly jitter?: never;
  readonly missed?: never;
}

export interface CronTrigger {
  /** `TZ=Europe/Warsaw 0 9 * * *`: minute, hour, day of the month, month, day of the week; with six fields, seconds first. Without TZ: UTC. */
  readonly cron: string;
  /** Starts each run up to so much later, to spread what is due at once. No longer than the time between two ticks. Default: none. */
  readonly jitter?: Duration;
  /** Which ticks run that nobody was there for: the `latest` alone (default), `all`, or `none` but one of the last minute. */
  readonly missed?: "latest" | "all" | "none";
  readonly event?: never;
  readonly if?: never;
}

/** The event of a run that a cron started. */
export type CronEvent = EventView<
  typeof CRON_EVENT,
  {
    /** The expression, as the trigger has it. */
    readonly cron: string;
    /** The time that it named, ISO 8601; the run may have begun later. */
    readonly tick: string;
  }
>;

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
export type TriggeredBy<Events, Triggers extends readonly Trigger<Events>[]> =
  | ViewOf<Events, NamesMatching<Events, PatternOf<Triggers[number]>>>
  | (Triggers[number] extends { readonly event: string } ? never : CronEvent);

type PatternOf<T> = T extends { readonly event: infer Pattern } ? Pattern : never;

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
