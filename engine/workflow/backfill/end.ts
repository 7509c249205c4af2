// A backfill is over: all is decided, people cancelled it, or it cannot go on.
import { decided, ignored, type Decision } from "../decision.ts";
import type { BackfillEnded } from "../records.ts";
import type { PartitionState } from "../state.ts";
import type { ManifestContent } from "../trigger/manifest.ts";
import { isOpen, openRange } from "./ranges.ts";
import { eventTriggers } from "./seams.ts";
import { isOver } from "./state.ts";

/** Who goes through its events has come to the end, or finds that it cannot. */
export interface EndBackfill {
  readonly type: "EndBackfill";
  readonly id: string;
  /** Null: all is decided. */
  readonly problem: string | null;
}

export function decideEndBackfill(state: PartitionState, { id, problem }: EndBackfill): Decision {
  const backfill = state.backfills.get(id);
  if (backfill === undefined || isOver(backfill)) return ignored("it is over");
  if (problem !== null) return decided(ended(id, "abandoned", problem));
  return openRange(backfill) === null ? decided(ended(id, "done", null)) : ignored("there is more");
}

/**
 * What a deployment ends: it lacks the function, has other triggers for it, so that the past was decided by others, or does not read a topic any
 * more, so that nobody knows which events its records are.
 */
export function endsOf(state: PartitionState, { functions, sources }: ManifestContent): readonly BackfillEnded[] {
  const ends: BackfillEnded[] = [];
  const read = new Set(sources.map(({ topic }) => topic));
  for (const backfill of state.backfills.values()) {
    if (isOver(backfill)) continue;
    const { id, functionId, ranges } = backfill;
    const unread = ranges.find((range) => isOpen(range) && !read.has(range.topic));
    const spec = functions.find((each) => each.id === functionId);
    if (spec === undefined) ends.push(ended(id, "abandoned", `a deployment took over that has no function ${functionId}`));
    else if (eventTriggers(spec) !== state.seams.get(functionId)?.triggers) {
      ends.push(
        ended(id, "abandoned", `a deployment took over in which function ${functionId} has other triggers. Start another backfill`),
      );
    } else if (unread !== undefined) {
      const reason = `a deployment took over that does not read topic ${unread.topic} any more. Start another backfill for what is left`;
      ends.push(ended(id, "abandoned", reason));
    }
  }
  return ends;
}

export function ended(id: string, outcome: "done" | "cancelled" | "abandoned", reason: string | null): BackfillEnded {
  return { type: "BackfillEnded", id, outcome, reason };
}
