// A manifest takes over: which crons begin, and which are gone. One that stays keeps its next tick, so a deployment neither loses nor doubles one.
import { partitionOfKey } from "../../core/murmur2.ts";
import type { CronScheduled } from "../records.ts";
import type { PartitionState } from "../state.ts";
import type { ManifestContent } from "../trigger/manifest.ts";
import { cronsOf } from "../trigger/trigger-spec.ts";
import { jitterOf } from "./jitter.ts";
import { parseCron } from "./schedule.ts";
import { cronKey } from "./state.ts";

export function cronChanges(state: PartitionState, content: ManifestContent, now: number): readonly CronScheduled[] {
  const changes: CronScheduled[] = [];
  const wanted = new Set<string>();
  for (const { id, triggers } of content.functions) {
    const isHere = partitionOfKey(Buffer.from(id), state.partitions) === state.partition;
    for (const { cron, jitterMs = 0 } of isHere ? cronsOf(triggers) : []) {
      const key = cronKey(id, cron);
      wanted.add(key);
      if (state.crons.has(key)) continue;
      const next = parseCron(cron, `function "${id}"`).next(now);
      if (next !== null) changes.push(scheduled(id, cron, next, jitterOf(id, cron, next, jitterMs)));
    }
  }
  const gone = [...state.crons].filter(([key]) => !wanted.has(key));
  return [...gone.map(([, { functionId, cron }]) => scheduled(functionId, cron, null, 0)), ...changes];
}

function scheduled(functionId: string, cron: string, next: number | null, delayMs: number): CronScheduled {
  return { type: "CronScheduled", function: functionId, cron, next, delayMs };
}
