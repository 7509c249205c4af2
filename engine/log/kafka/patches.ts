// What kafkajs 2.2.4 gets wrong at run time and has to be mended in place. Loaded by kafkajs.ts before anything of kafkajs is used.
// Each has a test on a real broker that fails without it: test/integration/kafka/patches.kafka.test.ts.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

/**
 * After the first response of a connection its request queue arms `setTimeout` with a negative delay, for ever: a thousand
 * timers a second per socket, and a TimeoutNegativeWarning on Node 24. With nothing pending and no throttling there is nothing to check.
 */
export function stopIdleTimers(): void {
  const { prototype }: { prototype: RequestQueue } = require("kafkajs/src/network/requestQueue");
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    schedule.call(this);
  };
}
