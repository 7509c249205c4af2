// Policies of one function that do not go together: what is meant by one would not hold beside the other.
import { shown } from "../core/shown.ts";
import { conditionOf } from "../workflow/expression/condition.ts";
import { placesIn } from "../workflow/expression/key.ts";
import { parsePath, pathText } from "../workflow/expression/path.ts";
import type { BatchSpec, BreakerSpec, ConcurrencySpec, FairnessSpec, FlowSpec } from "../workflow/flow/spec.ts";
import type { FunctionSpec } from "../workflow/trigger/manifest.ts";
import { invalidFlow } from "./flow-values.ts";

/** What is wrong, and what to do instead. */
type Problem = string | null;

const CRON_DATA = ["cron", "tick"];

/** `whose` names the function, for messages. @throws ConfigurationError `INVALID_FUNCTION` */
export function checkTogether(
  flow: FlowSpec,
  { triggers, cancelOn = [] }: Pick<FunctionSpec, "triggers" | "cancelOn">,
  whose: string,
): void {
  const problem =
    gatheringProblem(flow, triggers) ??
    batchProblem(flow) ??
    mixedBatchProblem(flow) ??
    cancelProblem(flow.batch, cancelOn) ??
    debounceProblem(flow) ??
    concurrencyProblem(flow.concurrency) ??
    breakerProblem(flow.breaker, flow.concurrency) ??
    queueProblem(flow) ??
    fairnessProblem(flow.fairness, flow) ??
    cronProblem(flow, triggers);
  if (problem !== null) throw invalidFlow(whose, problem);
}

/** What functions share has one limit. @throws ConfigurationError `INVALID_FUNCTION` */
export function checkShared({ id, flow }: FunctionSpec, others: readonly FunctionSpec[]): void {
  for (const mine of flow?.concurrency ?? []) {
    for (const other of others) {
      const theirs = other.flow?.concurrency?.find(({ scope, key }) => scope === "app" && mine.scope === "app" && key === mine.key);
      if (theirs === undefined || theirs.limit === mine.limit) continue;
      const problem = `its limit is ${mine.limit}, and function ${shown(other.id)} has ${theirs.limit} with the same key and scope app. What is shared has one limit: give both the same, or keys of their own`;
      throw invalidFlow(`function ${shown(id)}: concurrency`, problem);
    }
  }
}

function gatheringProblem({ batch, debounce }: FlowSpec, triggers: FunctionSpec["triggers"]): Problem {
  const policy = batch === undefined ? (debounce === undefined ? null : "debounce") : "batchEvents";
  if (policy === null || triggers.some((trigger) => !isCron(trigger))) return null;
  return `${policy} is for events, and no event triggers it. Give it a trigger such as { event: "user/updated" }, or leave ${policy} away`;
}

function batchProblem({ batch, debounce, singleton, rateLimit, idempotency }: FlowSpec): Problem {
  if (batch === undefined) return null;
  if (debounce !== undefined) {
    return "batchEvents and debounce do not go together: one keeps all events, the other the last alone. Decide for one of them";
  }
  if (singleton !== undefined) {
    return "batchEvents and singleton do not go together: all events of a batch would be skipped, or be lost with the run that is cancelled. concurrency: 1 has one batch at a time execute";
  }
  if (rateLimit !== undefined) {
    return "batchEvents and rateLimit do not go together: events would be skipped before it is known how few runs they come to. throttle starts batches at a rate, and skips none";
  }
  if (idempotency === undefined) return null;
  return "batchEvents and idempotency do not go together: a value stands for one run, and a batch has many. Give events an id where they are sent: the same id counts once in 24 hours";
}

/** What a batch is counted by is what its first event has. With a key of its own, that is what all of them have. */
function mixedBatchProblem(flow: FlowSpec): Problem {
  if (flow.batch === undefined || tellsApart(flow.batch.key)) return null;
  const { throttle, fairness, breaker, concurrency = [] } = flow;
  const counting: readonly (readonly [string, string | undefined])[] = [
    ["throttle.key", throttle?.key],
    ["fairness.key", fairness?.key],
    ["circuitBreaker.key", breaker?.key],
    ...concurrency.map(({ key }) => ["concurrency.key", key] as const),
  ];
  const [option, key] = counting.find(([, text]) => tellsApart(text)) ?? [];
  if (option === undefined) return null;
  return `batchEvents gathers events of all values of ${option}, and only the first of a batch would count. Give batchEvents the same key: ${JSON.stringify(key)}`;
}

/** A batch is cancelled as a whole, by what its first event says. */
function cancelProblem(batch: BatchSpec | undefined, cancelOn: NonNullable<FunctionSpec["cancelOn"]>): Problem {
  if (batch === undefined) return null;
  for (const { event, match, if: condition } of cancelOn) {
    const byMatch = match !== undefined && `event.${pathText(parsePath(match))}` !== batch.key;
    if (!byMatch && !(condition !== undefined && looksAtTrigger(condition))) continue;
    const key = match === undefined ? "" : ` Where batchEvents.key is ${shown(`event.${match}`)}, all of them have the same there.`;
    return `cancelOn ${shown(event)} compares with one event, and batchEvents gives a run many.${key} Without match and if, it cancels whatever is under way`;
  }
  return null;
}

function looksAtTrigger(condition: string): boolean {
  const { event } = conditionOf(condition, "wait");
  return event === "all" || event.size > 0;
}

function debounceProblem({ debounce, idempotency }: FlowSpec): Problem {
  if (debounce === undefined || idempotency === undefined || idempotency !== debounce.key) return null;
  return "debounce and idempotency have the same key: the first event of a value would be its only one for 24 hours, and debounce would have none to wait for. Leave idempotency away, or give it another value, such as event.id";
}

function concurrencyProblem(concurrency: FlowSpec["concurrency"]): Problem {
  const [first, second] = concurrency ?? [];
  if (first === undefined || second === undefined || first.key !== second.key || first.scope !== second.scope) return null;
  return `concurrency has two limits with the same key and scope: ${Math.min(first.limit, second.limit)} alone would count. Leave the other away, or give it another key`;
}

/** It closes the first limit's pool, so it is where that is. */
function breakerProblem(breaker: BreakerSpec | undefined, concurrency: FlowSpec["concurrency"]): Problem {
  const [first] = concurrency ?? [];
  if (breaker === undefined || first === undefined || breaker.key === first.key) return null;
  if (!tellsApart(breaker.key) && !tellsApart(first.key)) return null;
  const advice = first.key === undefined ? "Leave its key away" : `Give it key: ${JSON.stringify(first.key)}`;
  const other =
    concurrency?.[1] !== undefined && concurrency[1].key === breaker.key ? ", or let the limit whose key it has be the first" : "";
  return `circuitBreaker is decided where the first concurrency limit is, and their keys differ. ${advice}${other}`;
}

function queueProblem({ throttle, concurrency, breaker, priority, fairness }: FlowSpec): Problem {
  const limits = throttle !== undefined || concurrency !== undefined;
  if (priority !== undefined && !limits && breaker === undefined) {
    return "priority puts runs in order that wait to start, and none ever waits. Give it concurrency, throttle or circuitBreaker, or leave priority away";
  }
  if (fairness === undefined || limits) return null;
  return "fairness shares out what is limited, and nothing is. Give it concurrency or throttle, or leave fairness away";
}

/** Shares are kept where the limit is decided, and runs live with the first. */
function fairnessProblem(fairness: FairnessSpec | undefined, { throttle, concurrency = [] }: FlowSpec): Problem {
  if (fairness === undefined) return null;
  if (!tellsApart(fairness.key))
    return "fairness.key is the same for all events, so there is nobody to share with. Let it look at the event, such as event.data.tenant";
  const shared = (limit: Pick<ConcurrencySpec, "key"> | undefined): boolean => limit !== undefined && limit.key !== fairness.key;
  if (shared(throttle) || shared(concurrency[0])) return null;
  if (shared(concurrency[1])) {
    return "fairness is kept at the first concurrency limit, and there every value of its key has a limit of its own. Let the limit that is shared be the first of the two";
  }
  return "fairness.key is the key of the limit, so every value has a limit of its own and nothing is shared. Add a limit without that key, or leave fairness away";
}

/** What only crons start knows their ticks, and nothing else. */
function cronProblem(flow: FlowSpec, triggers: FunctionSpec["triggers"]): Problem {
  if (triggers.length === 0 || !triggers.every(isCron)) return null;
  for (const [option, text] of expressionsOf(flow)) {
    const unknown = placesIn(text).find(([field, name]) => field === "data" && name !== undefined && !CRON_DATA.includes(name));
    if (unknown === undefined) continue;
    return `${option} looks at event.${pathText(unknown)}, and a cron's event has event.data.cron and event.data.tick alone. Leave the ${option.replace(/.*\./, "")} away`;
  }
  return null;
}

function expressionsOf(flow: FlowSpec): readonly (readonly [string, string])[] {
  const { rateLimit, idempotency, singleton, throttle, priority, fairness, breaker, concurrency = [] } = flow;
  const texts: readonly (readonly [string, string | undefined])[] = [
    ["rateLimit.key", rateLimit?.key],
    ["idempotency", idempotency],
    ["singleton.key", singleton?.key],
    ["throttle.key", throttle?.key],
    ["priority.run", priority],
    ["fairness.key", fairness?.key],
    ["fairness.weight", fairness?.weight],
    ["circuitBreaker.key", breaker?.key],
    ...concurrency.map(({ key }) => ["concurrency.key", key] as const),
  ];
  return texts.flatMap(([option, text]) => (text === undefined ? [] : [[option, text] as const]));
}

/** A key that does not look at the event is a name, the same for all. */
function tellsApart(key: string | undefined): boolean {
  return key !== undefined && placesIn(key).length > 0;
}

function isCron(trigger: FunctionSpec["triggers"][number]): boolean {
  return typeof trigger !== "string" && "cron" in trigger;
}
