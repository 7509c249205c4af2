// Follows a back-fill until it is over. Whoever stops that pauses it: it may go on later. A server that ends leaves it alone.
import { setTimeout as pause } from "node:timers/promises";
import { controlCommand, tellAll } from "../../engine/task/backfill/command.ts";
import type { BackfillProgress, BackfillWatch } from "../../engine/task/backfill/watch.ts";
import type { CommandTarget } from "../../engine/task/tell-partition.ts";
import { ServerError } from "../http/server-error.ts";
import type { RunningOperation } from "../served-app.ts";
import { isServerEnding } from "../server-ending.ts";

export interface Following {
  readonly id: string;
  readonly target: CommandTarget;
  readonly watch: Pick<BackfillWatch, "look">;
  readonly running: RunningOperation;
}

const LOOK_MS = 500;

/** @throws ServerError `CONFLICT` where it was abandoned or cancelled; JournalError, LogError */
export async function followBackfill({ id, target, watch, running }: Following): Promise<void> {
  const { signal, at } = running;
  try {
    for (;;) {
      const found = (await watch.look()).find((one) => one.id === id);
      if (found !== undefined) {
        const all = found.partitions.flatMap(({ ranges }) => ranges).reduce((sum, { from, to }) => sum + to - (from ?? 0), 0);
        at(all - found.left, all, detailOf(found));
        if (found.status === "done") return;
        if (found.status === "abandoned" || found.status === "cancelled")
          throw new ServerError("CONFLICT", `it was ${found.status}: ${reasonsOf(found)}`);
      }
      await pause(LOOK_MS, undefined, { signal });
    }
  } finally {
    if (signal.aborted && !isServerEnding(signal)) await tellAll(target, controlCommand(id, "pause"));
  }
}

function detailOf({ started, skipped, missing, left, status, unheard }: BackfillProgress): string {
  return [
    ...(status === "paused" ? ["paused"] : []),
    `${started} events entered the function, ${skipped} had before, ${left} offsets are left`,
    ...(missing === 0 ? [] : [`${missing} are gone from their topics`]),
    ...(unheard.length === 0 ? [] : [`partitions ${unheard.join(", ")} have not heard of it yet`]),
  ].join("; ");
}

function reasonsOf({ partitions }: BackfillProgress): string {
  const reasons = [...new Set(partitions.flatMap(({ reason }) => (reason === null ? [] : [reason])))];
  return reasons.length === 0 ? "no partition says why" : reasons.join("; ");
}
