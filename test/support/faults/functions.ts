// What the workers of the fault tests run: functions whose every step leaves a trace with the effect counter.
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

import type { FunctionContext, Millrace } from "../../../engine/sdk/index.ts";
import { declareLedger } from "./consumers.ts";
import type { Effect } from "./effect-counter.ts";
import { declareLimited, isLimited, type LimitedSet } from "./limited.ts";
import { declareWaits } from "./waits.ts";

export interface OrderData {
  /** Sleeps for so long between two steps. */
  readonly napMs?: number;
  /** Its first attempt to charge fails. */
  readonly flaky?: boolean;
  /** Waits outside of its steps for so long before the last one. */
  readonly thinkMs?: number;
}

export interface PoisonData {
  /** Keeps the event loop for so long, instead of ending the process at once. */
  readonly blockMs?: number;
}

export type FunctionSet =
  | "orders"
  | "orders-and-letters"
  | "misbehaving"
  | "crons"
  | "poisoned"
  | "mended"
  | "waiting"
  | "consuming"
  | "consuming-anew"
  | LimitedSet;

/** Which functions run for an event named `order/placed`, by set. */
export const FUNCTIONS: Readonly<Record<FunctionSet, readonly string[]>> = {
  orders: ["ship", "count"],
  "orders-and-letters": ["ship", "count", "letter"],
  misbehaving: ["ship", "count"],
  crons: ["ship", "count"],
  poisoned: ["ship", "count"],
  mended: ["ship", "count"],
  waiting: ["ship", "count"],
  consuming: [],
  "consuming-anew": [],
  limited: ["ship", "count"],
  "limited-wide": ["ship", "count"],
  "limited-narrow": ["ship", "count"],
};

/** Fire every second; by what becomes of ticks that are missed. */
export const CRONS = { all: "every tick", latest: "latest tick", none: "no missed tick" } as const;

type Trace = (context: FunctionContext, functionId: string, step: string, attempt: number) => Promise<void>;

export function declareFunctions(app: Millrace, set: FunctionSet, effectsUrl: string): void {
  if (set === "consuming" || set === "consuming-anew") {
    declareLedger(app, effectsUrl, set === "consuming" ? 1 : 2);
    return;
  }
  const trace = tracer(effectsUrl);
  app.createFunction({ id: "ship", triggers: [{ event: "order/placed" }], retries: 3 }, async (context) => {
    const { step } = context;
    const { napMs = 0, flaky = false, thinkMs = 0 } = context.event.data as OrderData;
    const traced = (id: string, fails = false) =>
      step.run(id, async ({ attempt }) => {
        await trace(context, "ship", `${id}#0`, attempt);
        if (fails && attempt === 0) throw new Error("the first attempt fails");
        return `${id} of ${context.event.id}`;
      });
    const reserved = await traced("reserve");
    const [charged, packed] = await Promise.all([traced("charge", flaky), traced("pack")]);
    if (napMs > 0) await step.sleep("nap", napMs);
    if (thinkMs > 0) await delay(thinkMs);
    const sent = await traced("send");
    return [reserved, charged, packed, sent];
  });
  app.createFunction({ id: "count", triggers: [{ event: "order/*" }] }, async (context) => {
    await context.step.run("count", ({ attempt }) => trace(context, "count", "count#0", attempt));
  });
  if (set === "orders-and-letters") {
    app.createFunction({ id: "letter", triggers: [{ event: "order/placed" }] }, async (context) => {
      await context.step.run("write", ({ attempt }) => trace(context, "letter", "write#0", attempt));
    });
  }
  if (set === "misbehaving") declareMisbehaving(app, trace);
  if (set === "crons") declareCrons(app, trace);
  if (set === "waiting") declareWaits(app);
  if (isLimited(set)) declareLimited(app, set);
  if (set === "poisoned" || set === "mended") declarePoison(app, set === "mended");
}

/** `neighbour/asked`: three steps of a second. `poison/asked`: its data says how its second step ends the process, where it is not mended. */
function declarePoison(app: Millrace, isMended: boolean): void {
  app.createFunction({ id: "neighbour", triggers: [{ event: "neighbour/asked" }] }, async ({ step }) => {
    for (const id of ["one", "two", "three"]) await step.run(id, () => delay(1_000));
  });
  app.createFunction({ id: "poison", triggers: [{ event: "poison/asked" }], retries: 0 }, async ({ step, event }) => {
    const { blockMs = 0 } = event.data as PoisonData;
    await step.run("harmless", () => "done");
    return step.run("deadly", () => {
      if (isMended) return "mended";
      if (blockMs === 0) process.abort();
      const end = performance.now() + blockMs;
      while (performance.now() < end);
      return "nobody heard of it";
    });
  });
}

function declareCrons(app: Millrace, trace: Trace): void {
  for (const missed of ["all", "latest", "none"] as const) {
    const id = CRONS[missed];
    app.createFunction({ id, triggers: [{ cron: "* * * * * *", missed }] }, async (context) => {
      await context.step.run("tick", ({ attempt }) => trace(context, id, "tick#0", attempt));
    });
  }
}

function declareMisbehaving(app: Millrace, trace: Trace): void {
  const bad = (id: string, handler: (context: FunctionContext) => unknown): void => {
    app.createFunction({ id, triggers: [{ event: `bad/${id}` }], retries: 0 }, handler);
  };
  const throws = (id: string, thrown: unknown): void => bad(id, ({ step }) => step.run("throw", () => Promise.reject(thrown)));
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  throws("throws-text", "just text");
  throws("throws-nothing", undefined);
  throws("throws-circle", circle);
  bad("returns-5-mb", ({ step }) => step.run("fill", () => "x".repeat(5 * 1024 * 1024)));
  bad("returns-circle", ({ step }) => step.run("turn", () => circle as never));
  bad("never-returns", async (context) => {
    await context.step.run({ id: "hang", timeout: 500 }, async ({ attempt }) => {
      await trace(context, "never-returns", "hang#0", attempt);
      return new Promise<void>(() => {});
    });
  });
  bad("hangs-for-ever", async (context) => {
    await trace(context, "hangs-for-ever", "outside", 0);
    return new Promise<void>(() => {});
  });
}

function tracer(effectsUrl: string): Trace {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return async (context, functionId, step, attempt) => {
    const effect: Effect = {
      pid: process.pid,
      run: context.runId,
      functionId,
      eventId: context.event.id,
      step,
      attempt,
      at: Date.now(),
    };
    await new Promise<void>((resolve, reject) => {
      const outgoing = request(effectsUrl, { method: "POST", agent }, (answer) => {
        answer.resume();
        answer.on("end", resolve);
      });
      outgoing.on("error", reject);
      outgoing.end(JSON.stringify(effect));
    });
  };
}
