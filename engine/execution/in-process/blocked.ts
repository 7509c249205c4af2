// Code that does not yield holds up everything in its process, heartbeats included: then others take its partitions, and do the same.
import type { Logger } from "pino";

/** A body that keeps the event loop for longer is told of. */
const BLOCKED_MS = 1_000;

export interface Body {
  readonly step: string;
  readonly function: string;
  readonly runId: string;
}

/** `since`: when the body was called, on `performance.now()`'s scale. */
export function tellIfBlocked(logger: Logger, since: number, body: () => Body): void {
  const blockedMs = Math.round(performance.now() - since);
  if (blockedMs < BLOCKED_MS) return;
  const { step, function: functionId } = body();
  logger.warn(
    { code: "EVENT_LOOP_BLOCKED", ...body(), blockedMs },
    `step "${step}" of function "${functionId}" blocked the event loop for ${blockedMs} ms. Nothing else ran in this process meanwhile, heartbeats included: do such work in a worker thread, or in pieces`,
  );
}
