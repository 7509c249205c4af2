// What starts a function, checked where it is written, and put as a manifest says it.
import { ConfigurationError } from "../core/configuration-error.ts";
import { durationMs, type Duration } from "../core/duration.ts";
import { shown } from "../core/shown.ts";
import { unknownOption } from "../core/known-options.ts";
import { MISSED_TICKS, type MissedTicks } from "../workflow/cron/due-ticks.ts";
import { parseCron, shortestGapMs } from "../workflow/cron/schedule.ts";
import { checkCondition } from "../workflow/expression/check.ts";
import type { CronTrigger, TriggerSpec } from "../workflow/trigger/trigger-spec.ts";

/** A trigger as anybody may write it who has no types. */
export interface LooseTrigger {
  readonly event?: string | undefined;
  readonly if?: string | undefined;
  readonly cron?: string | undefined;
  readonly jitter?: Duration | undefined;
  readonly missed?: string | undefined;
}

const OPTIONS = ["event", "if", "cron", "jitter", "missed"];

/** `whose` names the function, for messages. @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_DURATION`, `INVALID_EXPRESSION` */
export function checkTriggers(triggers: readonly LooseTrigger[], whose: string): readonly TriggerSpec[] {
  const specs = triggers.map((trigger) => checkTrigger(trigger, whose));
  const crons = new Set<string>();
  for (const spec of specs) {
    if (typeof spec === "string" || !("cron" in spec)) continue;
    if (crons.has(spec.cron)) throw invalid(whose, `cron "${spec.cron}" stands there twice`);
    crons.add(spec.cron);
  }
  return specs;
}

function checkTrigger(trigger: LooseTrigger, whose: string): TriggerSpec {
  const problem = unknownOption(trigger, OPTIONS, "a trigger");
  if (problem !== null) throw invalid(whose, problem);
  const { event, cron } = trigger;
  if ((event === undefined) === (cron === undefined)) throw invalid(whose, "a trigger names an event or a cron, one of the two");
  return cron === undefined ? checkEventTrigger(trigger, whose) : checkCronTrigger({ ...trigger, cron }, whose);
}

function checkEventTrigger({ event, if: condition, jitter, missed }: LooseTrigger, whose: string): TriggerSpec {
  if (typeof event !== "string" || event === "") throw invalid(whose, "a trigger names an event");
  if (event.indexOf("*") !== -1 && event.indexOf("*") !== event.length - 1) {
    throw invalid(whose, `trigger "${event}": a wildcard can only stand at the end`);
  }
  if (jitter !== undefined || missed !== undefined) throw invalid(whose, `trigger "${event}": jitter and missed are for crons`);
  if (condition === undefined) return event;
  if (typeof condition !== "string") {
    throw invalid(whose, `trigger "${event}": if is CEL over event, such as "event.data.total > 100", not ${shown(condition)}`);
  }
  checkCondition(condition, ["event"]);
  return { event, if: condition };
}

function checkCronTrigger(trigger: LooseTrigger & { readonly cron: string }, whose: string): CronTrigger {
  const { cron, jitter = 0, missed = "latest" } = trigger;
  const schedule = parseCron(cron, whose);
  if (trigger.if !== undefined) throw invalid(whose, `cron "${cron}": an if is for events`);
  if (!isMissedTicks(missed))
    throw invalid(whose, `cron "${cron}": missed is one of ${MISSED_TICKS.join(", ")}, not ${JSON.stringify(missed)}`);
  const jitterMs = durationMs(jitter);
  if (jitterMs === 0) return { cron, missed };
  const gapMs = shortestGapMs(schedule);
  if (jitterMs > gapMs) {
    throw invalid(
      whose,
      `cron "${cron}": its jitter of ${jitterMs / 1_000} s is longer than the ${gapMs / 1_000} s between some of its ticks`,
    );
  }
  return { cron, jitterMs, missed };
}

function isMissedTicks(text: string): text is MissedTicks {
  return MISSED_TICKS.includes(text);
}

function invalid(whose: string, problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_FUNCTION", `${whose}: ${problem}`);
}
