// A key that is misspelt has no value in any event, and all of them are counted as one: that is said, once for a function and a policy.
import type { Logger } from "../observability/logger.ts";
import { CRON_EVENT } from "../workflow/cron/tick.ts";
import { factsOf } from "../workflow/expression/event-facts.ts";
import { keyValue, placesIn } from "../workflow/expression/key.ts";
import type { FlowSpec } from "../workflow/flow/spec.ts";
import type { JournalRecord, TriggerEvent } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";

/** Of a function's events the first are looked at, and then one of so many: a name that is wrong is wrong in all of them. */
const FIRST = 20;
const ONE_OF = 64;
/** What exceeds these is not told. */
const MAX_TOLD = 1_000;

/** Partitions of a process share its logger. */
const toldOf = new WeakMap<Logger, Set<string>>();

export class MissingValues {
  readonly #state: PartitionState;
  readonly #logger: Logger;
  readonly #told: Set<string>;
  /** Events of a function that were seen. */
  readonly #seen = new Map<string, number>();

  constructor(state: PartitionState, logger: Logger) {
    this.#state = state;
    this.#logger = logger;
    let told = toldOf.get(logger);
    if (told === undefined) toldOf.set(logger, (told = new Set()));
    this.#told = told;
  }

  recording(record: JournalRecord): void {
    if (record.type === "RunsStarted") for (const { functionId } of record.runs) this.#see(functionId, record.event);
    else if (record.type === "EventHeld") this.#see(record.functionId, record.event);
    else if (record.type === "RunQueued" && record.events[0] !== undefined) this.#see(record.functionId, record.events[0]);
  }

  #see(functionId: string, event: TriggerEvent): void {
    const flow = this.#state.manifest?.functions.get(functionId)?.flow;
    if (flow === undefined) return;
    const seen = this.#seen.get(functionId) ?? 0;
    this.#seen.set(functionId, seen + 1);
    if (seen >= FIRST && seen % ONE_OF !== 0) return;
    // A tick has no data of the user's, nor has an event without any.
    if (event.data === "null" || event.name === CRON_EVENT) return;
    const facts = factsOf(event, this.#state.open);
    for (const [policy, key] of keysOf(flow)) {
      const told = `${policy} ${functionId}`;
      if (key === undefined || this.#told.has(told) || this.#told.size >= MAX_TOLD) continue;
      if (placesIn(key).length === 0 || keyValue(key, facts) !== "") continue;
      this.#told.add(told);
      this.#logger.warn(
        { code: "KEY_WITHOUT_VALUE", function: functionId, policy, key },
        `${policy} of function "${functionId}" is ${key}, and the event ${event.name} has no text, number or boolean there: events without one ${policy === "idempotency" ? "all start runs" : "are counted together"}. Further ones are not told of`,
      );
    }
  }
}

function keysOf(flow: FlowSpec): readonly (readonly [string, string | undefined])[] {
  const { rateLimit, idempotency, debounce, batch, singleton, throttle, fairness, breaker, concurrency = [] } = flow;
  return [
    ["rateLimit.key", rateLimit?.key],
    ["idempotency", idempotency],
    ["debounce.key", debounce?.key],
    ["batchEvents.key", batch?.key],
    ["singleton.key", singleton?.key],
    ["throttle.key", throttle?.key],
    ["fairness.key", fairness?.key],
    ["circuitBreaker.key", breaker?.key],
    ...concurrency.map(({ key }, index) => [`concurrency${index === 0 ? "" : "[1]"}.key`, key] as const),
  ];
}
