// A consumer as it is declared, checked where it is written.
import type { Logger } from "pino";
import { ConfigurationError } from "../core/configuration-error.ts";
import { durationMs, type Duration } from "../core/duration.ts";
import { unknownOption } from "../core/known-options.ts";
import { shown } from "../core/shown.ts";
import type { EventView } from "../execution/event-map.ts";
import { viewOfEvent } from "../execution/event-view.ts";
import { MAX_RETRIES } from "../execution/in-process/step-options.ts";
import type { ConsumerCode } from "../task/consumer/consumer-code.ts";
import type { ConsumerSpec } from "../workflow/consumer/spec.ts";
import { canonicalKey, checkKey } from "../workflow/expression/key.ts";
import type { SourceSpec } from "../workflow/trigger/manifest.ts";
import type { ForeignTopic } from "./app-sources.ts";
import { reduceWith, type LooseReducer } from "./consumer-reducers.ts";
import type { ConsumerContext } from "./consumer-types.ts";

/** As anybody may write it who has no types. */
export interface LooseConsumerOptions {
  readonly id: string;
  readonly version?: number;
  readonly events?: readonly string[];
  readonly topics?: readonly (string | Omit<ForeignTopic, "from">)[];
  readonly from: "beginning" | "now" | Date;
  readonly key?: string;
  readonly state?: Readonly<Record<string, LooseReducer>>;
  readonly handle?: LooseHandler;
  readonly retries?: number;
  readonly concurrency?: number;
  readonly timeout?: Duration;
  readonly maxWaiting?: number;
}

export type LooseHandler = (context: ConsumerContext<EventView, Readonly<Record<string, unknown>>>) => unknown;

export interface DeclaredConsumer {
  readonly spec: ConsumerSpec;
  readonly from: SourceSpec["from"];
  /** Null: those of the app. */
  readonly topics: readonly ForeignTopic[] | null;
  /** `logger` is for the handler. */
  readonly code: (logger: Logger) => ConsumerCode;
}

const OPTIONS = ["id", "version", "events", "topics", "from", "key", "state", "handle", "retries", "concurrency", "timeout", "maxWaiting"];
const ID = /^[a-zA-Z0-9_-]{1,64}$/;
const STORE = /^[a-zA-Z0-9_.-]{1,64}$/;
const DEFAULT_RETRIES = 4;
const DEFAULT_CONCURRENCY = 100;
const DEFAULT_MAX_WAITING = 10_000;
const DEFAULT_TIMEOUT_MS = 3_600_000;

/** @throws ConfigurationError `INVALID_CONSUMER`, `INVALID_EXPRESSION`, `INVALID_DURATION` */
export function declareConsumer(options: LooseConsumerOptions): DeclaredConsumer {
  const { id, events, topics, key, state = {}, handle, timeout } = options;
  if (typeof id !== "string" || !ID.test(id)) throw invalid(id, "an id is 1 to 64 letters, digits, dashes and underscores");
  const problem = unknownOption(options, OPTIONS, "it");
  if (problem !== null) throw invalid(id, problem);
  if (events === undefined && topics === undefined)
    throw invalid(id, 'say what it reads, by events or topics, e.g. events: ["order/placed"]');
  const reducers = reducersOf(id, state);
  if (handle !== undefined && typeof handle !== "function") throw invalid(id, `handle is a function, not ${shown(handle)}`);
  if (handle === undefined && reducers.length === 0) throw invalid(id, "it does nothing: give it state, or handle, or both");
  checkKeyOf(id, key);
  const retries = count(id, "retries", options.retries ?? DEFAULT_RETRIES, 0, MAX_RETRIES);
  const concurrency = count(id, "concurrency", options.concurrency ?? DEFAULT_CONCURRENCY, 1, 10_000);
  const maxOwed = count(id, "maxWaiting", options.maxWaiting ?? DEFAULT_MAX_WAITING, 1, 1_000_000);
  const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(timeout);
  const spec: ConsumerSpec = {
    id,
    version: count(id, "version", options.version ?? 1, 1, 10_000),
    // Told when it starts: see app-consumers.ts.
    builds: false,
    events: events === undefined ? null : patternsOf(id, events),
    key: key === undefined ? null : canonicalKey(key),
    stores: reducers.map(([store]) => store),
    handles: handle !== undefined,
  };
  const reduce = reduceWith(reducers);
  return {
    spec,
    from: fromOf(id, options.from),
    topics: topics === undefined ? null : topicsOf(id, topics),
    code: (logger) => ({
      spec,
      reduce,
      retries,
      timeoutMs,
      concurrency,
      maxOwed,
      handle: (call) =>
        handle?.({
          event: viewOfEvent(call.event),
          state: Object.fromEntries(call.state.map(([store, value]) => [store, JSON.parse(value) as unknown])),
          idempotencyKey: call.idempotencyKey,
          attempt: call.attempt,
          signal: call.signal,
          logger,
        }),
    }),
  };
}

function checkKeyOf(id: string, key: unknown): void {
  if (key === undefined) return;
  if (typeof key !== "string") throw invalid(id, `key is CEL over event, such as "event.data.customer", not ${shown(key)}`);
  checkKey(key);
}

function reducersOf(id: string, state: unknown): readonly (readonly [string, LooseReducer])[] {
  if (typeof state !== "object" || state === null || Array.isArray(state)) {
    throw invalid(id, `state is an object of reducers by name, not ${shown(state)}`);
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(state);
  return entries
    .map(([store, reducer]) => {
      if (!STORE.test(store)) throw invalid(id, `state ${shown(store)}: a name is 1 to 64 letters, digits, dots, dashes and underscores`);
      if (typeof reducer !== "function") throw invalid(id, `state.${store} is a function of the value and an event, not ${shown(reducer)}`);
      // What it returns is checked, event by event.
      return [store, reducer as LooseReducer] as const;
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function patternsOf(id: string, events: unknown): readonly string[] {
  if (!isList(events) || events.length === 0) throw invalid(id, `events is a list of names, not ${shown(events)}`);
  return events.map((event) => {
    if (typeof event !== "string" || event === "") throw invalid(id, `events has ${shown(event)}, which is no name`);
    if (event.indexOf("*") !== -1 && event.indexOf("*") !== event.length - 1) {
      throw invalid(id, `event "${event}": a wildcard can only stand at the end`);
    }
    return event;
  });
}

function topicsOf(id: string, topics: unknown): readonly ForeignTopic[] {
  if (!isList(topics) || topics.length === 0) throw invalid(id, `topics is a list, not ${shown(topics)}`);
  return topics.map((given) => {
    const topic: unknown = typeof given === "string" ? { topic: given } : given;
    const problem = unknownOption(topic, ["topic", "deduplicate", "event", "key", "id"], "a topic");
    if (problem !== null) throw invalid(id, problem);
    if (!isTopic(topic)) throw invalid(id, `topics has ${shown(given)}, which names no topic`);
    return topic;
  });
}

function fromOf(id: string, from: unknown): SourceSpec["from"] {
  if (from === "beginning" || from === "now") return from;
  if (from instanceof Date && !Number.isNaN(from.getTime())) return { time: from.getTime() };
  throw invalid(id, `from says where it begins: "beginning", "now", or a Date, not ${shown(from)}`);
}

function count(id: string, name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(id, `${name} is a whole number from ${min} to ${max}, not ${shown(value)}`);
}

function isTopic(given: unknown): given is ForeignTopic {
  return typeof given === "object" && given !== null && "topic" in given && typeof given.topic === "string" && given.topic !== "";
}

/** `Array.isArray` makes everything inside `any`. */
function isList(given: unknown): given is readonly unknown[] {
  return Array.isArray(given);
}

function invalid(id: unknown, problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_CONSUMER", `consumer ${shown(id)}: ${problem}`);
}
