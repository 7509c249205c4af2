// What a consumer is declared with, by the app's map of events.
import type { Logger } from "pino";
import type { Duration } from "../core/duration.ts";
import type { ForeignTopic } from "./app-sources.ts";
import type { TriggeredBy, TriggerPattern } from "./event-types.ts";

/** The events that these patterns name: a union told apart by `name`. */
export type ConsumedEvent<Events, Patterns extends readonly TriggerPattern<Events>[]> = TriggeredBy<
  Events,
  readonly { readonly event: Patterns[number] }[]
>;

/**
 * Makes the next value of a key of the one before, undefined for none, and an event. What it returns is kept as JSON; undefined or null: the key
 * has none any more. Called once an event; it must not do anything but compute.
 */
export type Reducer<Value, Event> = (value: Value | undefined, event: Event) => Value | undefined | null;

export interface ConsumerOptions<Events extends object, Patterns extends readonly TriggerPattern<Events>[], State extends object> {
  /** Unique in the app: 1 to 64 letters, digits, dashes and underscores. Its topics are named after it, so it stays when the code changes. */
  readonly id: string;
  /**
   * Counts up when its state is to be built anew, from the beginning of its topics: the new version builds beside the running one, handles nothing,
   * and takes its place when `millrace consumers swap` says so. Default 1.
   */
  readonly version?: number;
  /** Names of events, or prefixes with a wildcard at their end. Default: all events of its topics. */
  readonly events?: Patterns;
  /** Topics to read. Default: the app's events, and its `sources`. */
  readonly topics?: readonly (string | Omit<ForeignTopic, "from">)[];
  /** Where it begins when it reads a topic for the first time. */
  readonly from: "beginning" | "now" | Date;
  /** CEL over `event`, e.g. `event.data.customer`: what state is kept by, and order. Default: the event's key, else its id. */
  readonly key?: string;
  /** What it keeps for each key, by name: see `get`. */
  readonly state?: { readonly [Store in keyof State]: Reducer<State[Store], ConsumedEvent<Events, Patterns>> };
  /**
   * Called for each event, once it counts in the state: at least once, one at a time for a key, in the order of its events. What it throws is
   * tried again; then the event is a dead letter, and the next one is handled.
   */
  readonly handle?: (context: ConsumerContext<ConsumedEvent<Events, Patterns>, State>) => unknown;
  /** Attempts after the first, 0–20. Default 4. */
  readonly retries?: number;
  /** So many events of a partition are handled at once, each of another key: 1–10,000. Default 100. */
  readonly concurrency?: number;
  /** How long one call of `handle` may take. Default 1 hour. */
  readonly timeout?: Duration;
  /** So many events of a partition may wait to be handled; then it reads no further. 1–1,000,000. Default 10,000. */
  readonly maxWaiting?: number;
}

export interface ConsumerContext<Event, State> {
  readonly event: Event;
  /** What the reducers had made of the event's key, this event included. The same at each attempt. */
  readonly state: { readonly [Store in keyof State]: State[Store] | undefined };
  /** The same for each call for this event, and for no other: for services that take one. */
  readonly idempotencyKey: string;
  /** How often it failed before. */
  readonly attempt: number;
  /** Aborted when the call took too long, or another worker owns the partition. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** How one partition of a consumer fares, of those that this process owns. */
export interface ConsumerStatus {
  readonly partition: number;
  readonly status: string;
  /** Why it is stopped, or a source of it is; empty where nothing is. */
  readonly problems: readonly string[];
  readonly isPaused: boolean;
  /** Events that are read, and not handled yet. */
  readonly waiting: number;
  /** Calls of `handle` that are under way. */
  readonly executing: number;
  /** Events that are in its topics, and not read. */
  readonly lag: number;
  readonly sources: readonly ConsumerSourceStatus[];
}

export interface ConsumerSourceStatus {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the first event that is not read. */
  readonly position: number;
  /** Offset that the next event will get; null where the log did not tell. */
  readonly end: number | null;
}
