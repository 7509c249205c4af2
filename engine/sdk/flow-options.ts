// How runs of a function are held back, gathered and put in order, as `createFunction` takes it. Keys are CEL over `event`: what has another
// value is counted apart. Events without a value (missing, null, an object, a list) share one count.
import type { Duration } from "../core/duration.ts";

export interface FlowOptions {
  /** How many steps execute at once. A number, a limit, or two limits that both must allow it. */
  readonly concurrency?: number | ConcurrencyLimit | readonly [ConcurrencyLimit] | readonly [ConcurrencyLimit, ConcurrencyLimit];
  /** Delays starts of runs to a rate; none is dropped. */
  readonly throttle?: Throttle;
  /** Skips events past a rate: they start no run. */
  readonly rateLimit?: RateLimit;
  /** Starts one run, with the last event, when no further one has come for a while. */
  readonly debounce?: Debounce;
  /** Starts one run for many events: `events` of its context. */
  readonly batchEvents?: BatchEvents;
  /** Puts a run before or behind others of its function that wait to start. */
  readonly priority?: Priority;
  /** At most one run at a time, from its start to its end, through retries and sleeps. */
  readonly singleton?: Singleton;
  /** CEL over `event`: one run for each value within 24 hours. Events without a value all start runs. */
  readonly idempotency?: string;
  /** Gives those that share a limit their shares of it, so that one of them cannot keep others waiting. */
  readonly fairness?: Fairness;
  /** Stops starting steps while too many of them fail. */
  readonly circuitBreaker?: CircuitBreaker;
}

/** Counts steps, and code of a function outside of its steps, that execute; runs that sleep or wait do not count. Exact, across all workers. */
export interface ConcurrencyLimit {
  /** 1 to 100,000. */
  readonly limit: number;
  /** Without it the limit is that of the function. */
  readonly key?: string;
  /**
   * `app`: functions that name the same key and limit share it; a text in quotes, as in `key: '"crm"'`, is a name like any other.
   * Default: `fn`, each function counts for itself.
   */
  readonly scope?: "fn" | "app";
}

/** A start every `period / limit`. */
export interface Throttle {
  /** Starts in a period, 1 to 100,000. */
  readonly limit: number;
  /** 1 second to 7 days. */
  readonly period: Duration;
  /** So many may start at once after a quiet time, 1 to 100,000. Default 1. */
  readonly burst?: number;
  readonly key?: string;
}

/** Never more starts than `limit` in any time as long as `period`. */
export interface RateLimit {
  /** 1 to 1,000,000. */
  readonly limit: number;
  /** 1 second to 7 days. */
  readonly period: Duration;
  readonly key?: string;
}

export interface Debounce {
  /** How long no event must come, 1 second to 7 days. */
  readonly period: Duration;
  readonly key?: string;
  /** After so long from the first event on it starts in any case: as long as `period` at least, 7 days at most. Default: however long it takes. */
  readonly timeout?: Duration;
}

/** A batch is started by its size, by its age, or when its data comes to 1 MiB, whichever is first. */
export interface BatchEvents {
  /** 1 to 1,000 events. */
  readonly maxSize: number;
  /** From its first event on, 1 second to 7 days. */
  readonly timeout: Duration;
  readonly key?: string;
  /** CEL over `event`: those for which it does not hold start a run of their own at once. */
  readonly if?: string;
}

export interface Priority {
  /** CEL over `event`: seconds, −600 to 600, by which a run goes before others; what is no number is 0. */
  readonly run: string;
}

export interface Singleton {
  /** What comes of an event while a run is under way: it is skipped, or the run is cancelled and another started. */
  readonly mode: "skip" | "cancel";
  readonly key?: string;
}

export interface Fairness {
  readonly key: string;
  /** CEL over `event`: a number, 0.01 to 1,000. Where 2 stands twice as much is started as where 1 stands. What is no number is 1. Default 1. */
  readonly weight?: string;
}

export interface CircuitBreaker {
  /** Opens when so large a part of ten attempts or more in `window` has failed: above 0, 1 at most. */
  readonly errorRate: number;
  /** 1 second to 7 days. */
  readonly window: Duration;
  /** How long it is open before one trial, 1 second to 7 days. The trial closes it, or opens it again. */
  readonly cooldown: Duration;
  /** The same as that of the first concurrency limit, where there is one. */
  readonly key?: string;
}

/** Limits that hold instead of those that a function declares, for a time. Those of scope `app` cannot be changed. */
export interface FlowOverride {
  /** 1 to 100,000, in the place of the first limit; or of the first and the second, where null leaves one as it is declared. */
  readonly concurrency?: number | readonly [number] | readonly [number | null, number | null];
  /** Without `burst`: the one that is declared. */
  readonly throttle?: { readonly limit: number; readonly period: Duration; readonly burst?: number };
}
