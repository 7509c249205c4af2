// A cron's time has come: its runs start, and the next tick is put down, in one decision. So each tick counts once, whoever owns the partition.
import { must } from "../../core/errors.ts";
import { decidedAndTold, ignored, type Decision } from "../decision.ts";
import type { CronScheduled, TriggerEvent } from "../records.ts";
import { hasFlow, startOrEnter } from "../flow/gates/arrive.ts";
import { newWay } from "../flow/gates/way.ts";
import type { PartitionState } from "../state.ts";
import type { ActiveManifest } from "../trigger/manifest.ts";
import { cronsOf, type CronTrigger } from "../trigger/trigger-spec.ts";
import { dueTicks } from "./due-ticks.ts";
import { jitterOf } from "./jitter.ts";
import { parseCron } from "./schedule.ts";
import { cronKey, type CronState } from "./state.ts";

export const CRON_EVENT = "millrace/cron";

/** A cron's timer has come due. */
export interface TickCron {
  readonly type: "TickCron";
  readonly function: string;
  readonly cron: string;
}

export function evolveCronScheduled(state: PartitionState, record: CronScheduled): void {
  const { function: functionId, cron, next, delayMs } = record;
  const key = cronKey(functionId, cron);
  if (next === null) {
    state.crons.delete(key);
    return;
  }
  state.crons.set(key, { functionId, cron, next, delayMs });
  state.timers.push({ kind: "cron", at: next + delayMs, functionId, cron });
}

export function decideTick(state: PartitionState, input: TickCron, now: number): Decision {
  const pending = state.crons.get(cronKey(input.function, input.cron));
  if (pending === undefined) return ignored("the cron is gone");
  if (now < pending.next + pending.delayMs) return ignored("too early");
  const { functionId, cron } = pending;
  const { jitterMs = 0, missed = "latest" } = triggerOf(must(state.manifest, "the manifest of a cron"), pending);
  const { run, next } = dueTicks({
    schedule: parseCron(cron, `function "${functionId}"`),
    pending: { tick: pending.next, delayMs: pending.delayMs },
    delayOf: (tick) => jitterOf(functionId, cron, tick, jitterMs),
    missed,
    now,
    // What one counts at its gates has to count for the next.
    ...(hasFlow(state, functionId) && { atOnce: 1 }),
  });
  const scheduled: CronScheduled = {
    type: "CronScheduled",
    function: functionId,
    cron,
    next: next?.tick ?? null,
    delayMs: next?.delayMs ?? 0,
  };
  const way = newWay();
  for (const tick of run) startOrEnter(state, eventOf(state.partition, pending, tick, now), [functionId], now, `cron/${cron}/${tick}`, way);
  return decidedAndTold([...way.records, scheduled], way.messages);
}

function triggerOf(manifest: ActiveManifest, { functionId, cron }: CronState): CronTrigger {
  const triggers = manifest.functions.get(functionId)?.triggers ?? [];
  return must(
    cronsOf(triggers).find((trigger) => trigger.cron === cron),
    "the trigger of a cron",
  );
}

/** R10: its id, and that of its run, follow from the function, the expression and the tick. It is there when it is decided, not before. */
function eventOf(partition: number, { functionId, cron }: CronState, tick: number, now: number): TriggerEvent {
  const time = new Date(tick).toISOString();
  return {
    id: `${functionId}/${cron}/${time}`,
    name: CRON_EVENT,
    data: JSON.stringify({ cron, tick: time }),
    time: tick,
    key: null,
    topic: "",
    partition,
    offset: -1,
    appendedAt: now,
    corrects: null,
    trace: null,
  };
}
