// Waits for a condition, and says which when it does not come.
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;

/** Resolves with the first value that is neither false nor null. */
export async function until<T>(
  what: string,
  look: () => T | false | null | Promise<T | false | null>,
  options: { readonly timeoutMs?: number; readonly insteadShow?: () => unknown } = {},
): Promise<T> {
  const { timeoutMs = 60_000, insteadShow } = options;
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== false && value !== null) return value;
    if (performance.now() > end) {
      const shown = insteadShow === undefined ? "" : `; instead: ${JSON.stringify(insteadShow(), null, 1).slice(0, 8_000)}`;
      throw new Error(`not within ${timeoutMs} ms: ${what}${shown}`);
    }
    await delay(POLL_MS);
  }
}
