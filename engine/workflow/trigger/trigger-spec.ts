// What starts a function, as a manifest says it.
import type { MissedTicks } from "../cron/due-ticks.ts";

/** An event's name alone is the most common, and is written as it is. */
export type TriggerSpec = string | ConditionalTrigger | CronTrigger;

export interface ConditionalTrigger {
  /** Exact or ending in a wildcard: `order/created`, `order/*`. */
  readonly event: string;
  /** CEL over `event`. */
  readonly if: string;
}

export interface CronTrigger {
  readonly cron: string;
  /** None: 0. */
  readonly jitterMs?: number;
  /** None: `latest`. */
  readonly missed?: MissedTicks;
}

/** In one order, each once, and each in one way of writing: what is the same gives the same text. */
export function canonicalTriggers(triggers: readonly TriggerSpec[]): readonly TriggerSpec[] {
  const byText = new Map(triggers.map(canonical).map((trigger) => [JSON.stringify(trigger), trigger]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, trigger]) => trigger);
}

export function cronsOf(triggers: readonly TriggerSpec[]): readonly CronTrigger[] {
  return triggers.filter((trigger) => typeof trigger !== "string" && "cron" in trigger);
}

function canonical(trigger: TriggerSpec): TriggerSpec {
  if (typeof trigger === "string") return trigger;
  if (!("cron" in trigger)) return { event: trigger.event, if: trigger.if };
  const { cron, jitterMs = 0, missed = "latest" } = trigger;
  return { cron, ...(jitterMs === 0 ? {} : { jitterMs }), ...(missed === "latest" ? {} : { missed }) };
}
