// Events for tests of expressions.
import { asItIs, factsOf, type EventFacts } from "../../../../engine/workflow/expression/event-facts.ts";

interface Rest {
  readonly name?: string;
  readonly id?: string;
  readonly time?: number;
  readonly key?: string | null;
}

export function eventOf(data: unknown, { name = "order/placed", id = "e1", time = 1_750_000_000_000, key = null }: Rest = {}): EventFacts {
  return factsOf({ name, id, time, key, data: JSON.stringify(data) }, asItIs);
}
