// What a function says of the flow of its runs, as a manifest has it. Keys are CEL over `event`; durations are milliseconds.

export interface FlowSpec {
  readonly rateLimit?: RateLimitSpec;
  /** CEL: one run per value in 24 hours. */
  readonly idempotency?: string;
  readonly debounce?: DebounceSpec;
  readonly batch?: BatchSpec;
  readonly singleton?: SingletonSpec;
  readonly throttle?: ThrottleSpec;
  /** CEL: seconds by which a run goes before others in its line. */
  readonly priority?: string;
  readonly fairness?: FairnessSpec;
  readonly breaker?: BreakerSpec;
  /** One or two. */
  readonly concurrency?: readonly ConcurrencySpec[];
}

/** At most `limit` starts in any window of `periodMs`; others are skipped. */
export interface RateLimitSpec {
  readonly limit: number;
  readonly periodMs: number;
  readonly key?: string;
}

export interface DebounceSpec {
  readonly periodMs: number;
  readonly key?: string;
  /** From the first event on. */
  readonly timeoutMs?: number;
}

export interface BatchSpec {
  readonly maxSize: number;
  readonly timeoutMs: number;
  readonly key?: string;
  /** CEL: events for which it is false get a run of their own at once. */
  readonly if?: string;
}

export interface SingletonSpec {
  readonly mode: "skip" | "cancel";
  readonly key?: string;
}

/** GCRA: a start every `periodMs / limit`, and `burst` at once after a quiet time. */
export interface ThrottleSpec {
  readonly limit: number;
  readonly periodMs: number;
  readonly burst: number;
  readonly key?: string;
}

export interface FairnessSpec {
  readonly key: string;
  /** CEL: a number; 1 where there is none. A key of weight 2 gets twice as much. */
  readonly weight?: string;
}

export interface BreakerSpec {
  /** In (0, 1]: it opens when so large a part of the attempts in `windowMs` failed. */
  readonly errorRate: number;
  readonly windowMs: number;
  readonly cooldownMs: number;
  /** The same as that of the first concurrency, where there is one. */
  readonly key?: string;
}

export interface ConcurrencySpec {
  readonly limit: number;
  readonly key?: string;
  /** `app`: all functions that name this key share the limit. */
  readonly scope: "fn" | "app";
}

/** In the order in which an event passes them. */
export const GATES = ["pause", "rateLimit", "idempotency", "debounce", "batch", "singleton", "throttle", "home"] as const;
export type Gate = (typeof GATES)[number];
