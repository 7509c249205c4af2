// What the services allow, and so what the functions keep to.

/** Requests that verify an address: at once, and new ones. The service counts, and refuses what is too much. */
export const VERIFY = { atOnce: 40, newPerSecond: 500, burst: 10 } as const;

/** A start counts as of when it was due, if it is no later than this: so a second may have a few more. */
const FORGIVEN_MS = 20;
/** What a throttle lets into any second; and what was let in before, and has not come yet, has a slot. */
export const MOST_NEW = VERIFY.newPerSecond + VERIFY.burst - 1 + (VERIFY.newPerSecond * FORGIVEN_MS) / 1_000 + VERIFY.atOnce;

/** Rows that one insert may have. */
export const MAX_ROWS = 50;
/** How long the breaker is open before it tries, in milliseconds. */
export const COOLDOWN_MS = 1_000;
