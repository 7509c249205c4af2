// From when on an event counts for a wait, and which do not count again.
import type { StepKey } from "../../core/ids.ts";
import { murmur2 } from "../../core/murmur2.ts";
import { originOf } from "../event/origin.ts";
import type { TriggerEvent } from "../records.ts";
import type { RunState, StepState } from "../state.ts";

/** Brokers' clocks differ, and a worker's estimate of their time: an event that the step before provoked may be stamped as if it came before. */
export const SINCE_SLACK_MS = 200;
/**
 * For the sake of looking back no more are named than these: a wait looks back no further than they reach (R16). What came since the step
 * before the wait is named whatever its number: a burst may have one stamp.
 */
const MAX_EXCLUDED = 200;

export interface Wanted {
  readonly event: string;
  readonly path: string;
  readonly value: string;
  readonly condition: string | null;
  readonly bindings: string | null;
  readonly lookbackMs: number;
  /** The step that it follows, by its own branch of the code; null for the run's beginning. None: the run's last outcome. */
  readonly after?: StepKey | null;
  /** Its own. */
  readonly step?: StepKey;
}

export interface Since {
  /** From when on they are wanted, milliseconds since 1970: where a loop of waits began. */
  readonly from: number;
  /** From when on they count: later than that where not all that was seen since then can be named. */
  readonly since: number;
  /** All that came since then has to be known before the wait may expire. */
  readonly knownSince: number;
  /** What began the run, and what it waited for before, by origin: so a loop of waits gets on. */
  readonly excluded: readonly string[];
}

export function sinceOf(run: RunState, wanted: Wanted): Since {
  const { event: trigger } = run;
  const seen: TriggerEvent[] = [];
  for (const step of run.steps.values()) if (step.status === "resolved" && step.event !== null) seen.push(step.event);
  const mark = markOf(run, wanted.after);
  // What had answered the run that this one repeats, or might have, answers it too: steps before it began anew since then.
  const before = wanted.step === undefined ? undefined : run.rerun?.waits[wanted.step];
  const knownSince = Math.min(mark - wanted.lookbackMs, before ?? Number.POSITIVE_INFINITY);
  const from = Math.min(knownSince, sinceOfLoop(run, wanted) ?? knownSince);
  const since = Math.max(from, Math.min(nameableSince(seen), mark + SINCE_SLACK_MS));
  return {
    from,
    since,
    knownSince,
    excluded: [trigger, ...seen.filter(({ appendedAt }) => appendedAt >= since - SINCE_SLACK_MS)].map(originOf),
  };
}

/** Branches side by side have outcomes between a step and the wait that follows it: what that step provoked came before them. */
function markOf(run: RunState, after: StepKey | null | undefined): number {
  if (after === undefined) return run.mark;
  if (after === null) return run.event.appendedAt;
  return stepMark(run.steps.get(after)) ?? run.mark;
}

function stepMark(step: StepState | undefined): number | undefined {
  return step !== undefined && "mark" in step ? step.mark : undefined;
}

/**
 * Where a wait follows one for the same that found something, it goes on where that began: an event that was appended before the one found
 * may come after it, from a partition that was behind. Null where it is no such loop.
 */
function sinceOfLoop(run: RunState, wanted: Wanted): number | null {
  const before = wanted.after === undefined || wanted.after === null ? undefined : run.steps.get(wanted.after);
  if (before?.status !== "resolved" || before.event === null || before.interest !== interestIn(wanted)) return null;
  return before.since;
}

/** Of what came since then, all that was seen can be named. */
function nameableSince(seen: readonly TriggerEvent[]): number {
  let since = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < seen.length - MAX_EXCLUDED; index++)
    since = Math.max(since, (seen[index]?.appendedAt ?? 0) + SINCE_SLACK_MS + 1);
  return since;
}

/** The same for waits that the same events answer. */
export function interestIn({ event, path, value, condition, bindings }: Wanted): number {
  return murmur2(Buffer.from(JSON.stringify([event, path, value, condition, bindings])));
}
