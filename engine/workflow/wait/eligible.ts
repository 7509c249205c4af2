// Whether an event counts for a wait.
import { meets } from "../expression/match.ts";
import type { EventFacts } from "../expression/event-facts.ts";
import { originOf } from "../event/origin.ts";
import type { TriggerEvent } from "../records.ts";
import { SINCE_SLACK_MS } from "./since.ts";

export interface Wanted {
  readonly condition: string | null;
  readonly bindings: string | null;
  readonly since: number;
  readonly deadline: number | null;
  readonly excluded: readonly string[];
}

/** The value at its path is compared already. `facts` are the event's, for conditions. */
export function isEligible(wait: Wanted, event: TriggerEvent, facts: EventFacts): boolean {
  if (event.appendedAt < wait.since - SINCE_SLACK_MS) return false;
  if (wait.deadline !== null && event.appendedAt > wait.deadline) return false;
  if (wait.excluded.includes(originOf(event))) return false;
  return wait.condition === null || meets(wait, facts);
}
