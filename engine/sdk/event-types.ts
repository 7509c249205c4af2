// What starts a function, and the event that its handler then gets, by the app's map of events.
import type { Duration } from "../core/duration.ts";
import type { EngineEvents, EventName, EventView, ViewOf } from "../execution/event-map.ts";
import type { FUNCTION_INVOKED } from "../workflow/child/invoke.ts";
import type { CRON_EVENT } from "../workflow/cron/tick.ts";

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
    ? NamesBeginning<Events, Head>
    : Pattern extends EventName<Events> | EventName<EngineEvents>
      ? Pattern
      : never;

/** Without a map, any. */
type NamesBeginning<Events, Head extends string> =
  string extends EventName<Events> ? string : Extract<EventName<Events>, `${Head}${string}`>;

/** The events that a function with these triggers can get: a union told apart by `name`. */
export type TriggeredBy<Events, Triggers extends readonly Trigger<Events>[]> = Triggers extends readonly []
  ? InvokedEvent<unknown>
  : | ViewOf<Events, NamesMatching<Events, PatternOf<Triggers[number]>>>
    | (Triggers[number] extends { readonly event: string } ? never : CronEvent);

type PatternOf<T> = T extends { readonly event: infer Pattern } ? Pattern : never;

/** The event of a run that another run invoked, as functions get it that are only invoked. */
export type InvokedEvent<Data = unknown> = EventView<typeof FUNCTION_INVOKED, Data>;

/**
 * The data that a function takes when it is invoked: that of its trigger. A function that tells several triggers apart cannot be told whose data
 * it was given, so by its handle it cannot be invoked.
 */
export type InputOf<Events, Triggers extends readonly Trigger<Events>[]> =
  IsUnion<TriggeredBy<Events, Triggers>["name"]> extends false ? TriggeredBy<Events, Triggers>["data"] : never;

type IsUnion<T, Whole = T> = (T extends unknown ? ([Whole] extends [T] ? false : true) : never) extends false ? false : true;
