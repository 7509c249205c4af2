// Follows a back-fill until it is over. Whoever stops that pauses it: it may go on later. A server that ends leaves it alone.
import { setTimeout as pause } from "node:timers/promises";
import { orAborted } from "../../engine/core/or-aborted.ts";
import { controlCommand, tellAll } from "../../engine/task/backfill/command.ts";
import type { BackfillProgress } from "../../engine/task/backfill/progress.ts";
import type { CommandTarget } from "../../engine/task/tell-partition.ts";
import { ServerError } from "../http/server-error.ts";
import type { RunningOperation } from "../served-app.ts";
import { isServerEnding } from "../server-ending.ts";
import { offsetsOf, reasonsOf } from "./known-backfills.ts";

export interface Following {
  readonly id: string;
  readonly target: CommandTarget;
  readonly look: () => Promise<readonly BackfillProgress[]>;
  readonly running: RunningOperation;
}

const LOOK_MS = 500;

/** @throws ServerError `CONFLICT` where it was abandoned or cancelled; LogError */
export async function followBackfill({ id, target, look, running }: Following): Promise<void> {
  const { signal, at } = running;
  try {
    for (;;) {
      signal.throwIfAborted();
      // A log that does not answer keeps nobody from stopping this.
      const found = (await orAborted(look(), signal)).find((one) => one.id === id);
      if (found !== undefined) {
        const all = offsetsOf(found);
        at(all - found.left, all, detailOf(found));
        if (found.status === "done") return;
        if (found.status === "abandoned" || found.status === "cancelled")
          throw new ServerError("CONFLICT", `it was ${found.status}: ${reasonsOf(found).join("; ") || "no partition says why"}`);
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
