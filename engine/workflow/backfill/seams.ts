// From which positions on a function counts: those at which the first manifest took over that has it with these triggers. What comes from there
// on, it gets live; a backfill ends there, so no event is missed or doubled between the two.
import { sourceKey } from "../source/source.ts";
import type { PartitionState } from "../state.ts";
import type { ManifestActivated, SourcePosition, SourcePositionSet } from "../records.ts";
import type { FunctionSpec, ManifestContent } from "../trigger/manifest.ts";
import type { Seam } from "./state.ts";

/** Functions that no deployment has any more; of more the one that was declared first is forgotten. Frozen (R2). */
const MAX_RETIRED = 1_000;

/** Told of each manifest that takes over, before anything is decided by it. */
export function evolveSeams(state: PartitionState, { functions, sources }: ManifestContent, { from }: ManifestActivated): void {
  const topics = new Set(sources.map(({ topic }) => topic));
  const positions = from.filter(({ topic }) => topics.has(topic));
  const declared = new Set<string>();
  for (const spec of functions) {
    declared.add(spec.id);
    state.seams.set(spec.id, seamOf(state.seams.get(spec.id), eventTriggers(spec), positions));
  }
  retire(state, declared);
}

/** A source begins anew before where it was: what comes there now counts. */
export function evolveSeamsMovedBack(state: PartitionState, { topic, partition, to }: SourcePositionSet): void {
  const key = sourceKey(topic, partition);
  for (const [id, seam] of state.seams) {
    const at = seam.from.get(key);
    if (at !== undefined && to < at) state.seams.set(id, { ...seam, from: new Map(seam.from).set(key, to) });
  }
}

/** Crons have nothing to do with events. In one order, since manifests are written in one. */
export function eventTriggers({ triggers }: Pick<FunctionSpec, "triggers">): string {
  return JSON.stringify(triggers.filter((trigger) => typeof trigger === "string" || !("cron" in trigger)));
}

function seamOf(known: Seam | undefined, triggers: string, positions: readonly SourcePosition[]): Seam {
  const isSame = known?.triggers === triggers;
  const isComplete = isSame && positions.every(({ topic, partition }) => known.from.has(sourceKey(topic, partition)));
  if (isComplete) return known;
  const from = new Map(isSame ? known.from : []);
  for (const { topic, partition, offset } of positions) {
    const key = sourceKey(topic, partition);
    if (!from.has(key)) from.set(key, offset);
  }
  return { triggers, from, isReached: known !== undefined && (!isSame || known.isReached) };
}

function retire({ seams }: PartitionState, declared: ReadonlySet<string>): void {
  let retired = seams.size - declared.size;
  for (const [id, { triggers }] of seams) {
    if (declared.has(id)) continue;
    if (retired > MAX_RETIRED) {
      seams.delete(id);
      retired -= 1;
    } else if (triggers !== null) {
      seams.set(id, { triggers: null, from: new Map(), isReached: true });
    }
  }
}
