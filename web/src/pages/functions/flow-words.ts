// A function's flow control, as one would say it.
import type { ConcurrencySpec, FlowSpec } from "../../../../engine/workflow/flow/spec.ts";

/** @param flow JSON, as the API has it. What this page does not know is left to who shows the JSON. */
export function flowInWords(flow: string): readonly string[] {
  const spec = JSON.parse(flow) as FlowSpec;
  const { rateLimit, idempotency, debounce, batch, singleton, throttle, priority, fairness, breaker } = spec;
  return [
    ...(spec.concurrency ?? []).map(concurrencyInWords),
    throttle &&
      `Starts ${runs(throttle.limit)} in ${span(throttle.periodMs)}${each(throttle.key)}, evenly spread${throttle.burst > 1 ? `, ${throttle.burst} at once after a quiet time` : ""}. The others wait.`,
    rateLimit &&
      `Starts at most ${runs(rateLimit.limit)} in any time as long as ${span(rateLimit.periodMs)}${each(rateLimit.key)}. The others are skipped.`,
    idempotency && `One run for each ${idempotency} within 24 hours.`,
    debounce &&
      `Waits until no event has come for ${span(debounce.periodMs)}${each(debounce.key)}${debounce.timeoutMs === undefined ? "" : `, or ${span(debounce.timeoutMs)} from the first on`}, and starts a run with the last one.`,
    batch &&
      `Gathers up to ${batch.maxSize} events${each(batch.key)} for at most ${span(batch.timeoutMs)}: one run for all of them${batch.if === undefined ? "" : `. Events for which ${batch.if} does not hold get one of their own at once`}.`,
    singleton &&
      `One run at a time${each(singleton.key)}. An event meanwhile ${singleton.mode === "skip" ? "is skipped" : "cancels the run and starts another"}.`,
    priority && `Runs that wait are put forward by ${priority} seconds.`,
    fairness &&
      `Those that wait take turns by ${fairness.key}${fairness.weight === undefined ? "" : `, each as often as ${fairness.weight} says`}.`,
    breaker &&
      `Stops starting steps for ${span(breaker.cooldownMs)} when ${percent(breaker.errorRate)} of the attempts in ${span(breaker.windowMs)} failed${each(breaker.key)}.`,
  ].filter((words): words is string => words !== undefined && words !== "");
}

/** 90000 → `90 seconds`, 3600000 → `an hour`. The largest unit that says it exactly. */
export function span(ms: number): string {
  for (const [size, one, many] of SPANS) {
    if (ms >= size && ms % size === 0) return ms === size ? one : `${ms / size} ${many}`;
  }
  return `${ms} ms`;
}

const SPANS = [
  [86_400_000, "a day", "days"],
  [3_600_000, "an hour", "hours"],
  [60_000, "a minute", "minutes"],
  [1_000, "a second", "seconds"],
] as const;

function concurrencyInWords({ limit, key, scope }: ConcurrencySpec): string {
  const shared = scope === "app" ? ", together with all functions that name the same limit" : "";
  return `Executes at most ${limit} ${limit === 1 ? "step" : "steps"} at once${each(key)}${shared}.`;
}

function each(key: string | undefined): string {
  return key === undefined ? "" : ` for each ${key}`;
}

function runs(count: number): string {
  return count === 1 ? "one run" : `${count} runs`;
}

function percent(part: number): string {
  return `${Math.round(part * 1_000) / 10} %`;
}
