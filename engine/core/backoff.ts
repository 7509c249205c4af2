// How long to wait before trying again.

export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Between user code's attempts: 1 s, 2 s, 4 s … up to 10 min, each give or take a fifth. */
export const STEP_BACKOFF: BackoffOptions = { baseMs: 1_000, maxMs: 600_000 };

/**
 * Exponential with jitter: `attempt` 0 waits about `baseMs`, each further one twice as long, up to `maxMs`.
 * `random` is in [0, 1) and spreads the wait over ±20 %, so that what failed together does not come back together.
 */
export function backoffMs(attempt: number, random: number, options: BackoffOptions = STEP_BACKOFF): number {
  const wait = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(attempt, 40));
  return Math.round(wait * (0.8 + 0.4 * random));
}
