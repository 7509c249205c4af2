// Functions under limits, whose steps visit a meter that the events name.
import { Agent, request } from "node:http";

import type { FunctionContext, Millrace, StepContext } from "../../../engine/sdk/index.ts";
import type { Visitor } from "./limit-meter.ts";

export interface LimitedData {
  readonly url: string;
  readonly key: string;
  readonly holdMs: number;
}

export type LimitedSet = "limited" | "limited-wide" | "limited-narrow";

/** Steps at once: for a key, and of all functions that share the limit. By deployment. */
export const LIMITS: Readonly<Record<LimitedSet, { readonly perKey: number; readonly shared: number }>> = {
  limited: { perKey: 2, shared: 6 },
  "limited-wide": { perKey: 6, shared: 12 },
  "limited-narrow": { perKey: 1, shared: 3 },
};

export const THROTTLE = { limit: 20, period: "1s", burst: 5 } as const;
export const THROTTLED_AT_ONCE = 5;

export function isLimited(set: string): set is LimitedSet {
  return Object.hasOwn(LIMITS, set);
}

/** `limited/asked`: three steps, two of them at once. `sharing/asked`: one, by the shared limit alone. `throttled/asked`: one. */
export function declareLimited(app: Millrace, set: LimitedSet): void {
  const { perKey, shared } = LIMITS[set];
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const visitor =
    (functionId: string, { step, event, runId }: FunctionContext) =>
    (id: string): Promise<null> => {
      const { url, key, holdMs } = event.data as LimitedData;
      const visitor: Visitor = { pid: process.pid, functionId, run: runId, step: id, key, holdMs };
      return step.run(id, (context) => visit(url, visitor, context, agent));
    };

  const crm = { limit: shared, key: '"crm"', scope: "app" } as const;
  const mine = { limit: perKey, key: "event.data.key" };
  app.createFunction({ id: "limited", triggers: [{ event: "limited/asked" }], retries: 8, concurrency: [mine, crm] }, async (context) => {
    const does = visitor("limited", context);
    await does("one");
    await Promise.all([does("two"), does("three")]);
  });
  app.createFunction({ id: "sharing", triggers: [{ event: "sharing/asked" }], retries: 8, concurrency: crm }, async (context) => {
    await visitor("sharing", context)("one");
  });
  app.createFunction(
    { id: "throttled", triggers: [{ event: "throttled/asked" }], retries: 8, throttle: THROTTLE, concurrency: THROTTLED_AT_ONCE },
    async (context) => {
      await visitor("throttled", context)("one");
    },
  );
}

async function visit(url: string, visitor: Visitor, { signal }: Pick<StepContext, "signal">, agent: Agent): Promise<null> {
  await new Promise<void>((resolve, reject) => {
    const outgoing = request(url, { method: "POST", agent, signal }, (answer) => {
      answer.resume();
      answer.on("end", resolve);
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(visitor));
  });
  return null;
}
