// A function has a share of the runs that its partition may have in memory. Beyond it, a run joins a line at its home, and so does whoever
// comes after it while somebody waits there.
import type { PartitionState } from "../../state.ts";
import { startsKey } from "../keys.ts";
import { scarceOf } from "./scarce.ts";
import type { Way } from "../gates/way.ts";

/** As far as its function's share goes. */
export function mayStart({ flow }: PartitionState, functionId: string, needs: readonly string[], way: Way): boolean {
  if (flow.room.roomFor(functionId) <= (way.begun.get(functionId) ?? 0)) return false;
  return flow.rows.size === 0 || !flow.waiting.isWanted(startsNeed(functionId, needs));
}

/** A run starts by a record that is not folded yet. */
export function countBegun({ begun }: Way, functionId: string): void {
  begun.set(functionId, (begun.get(functionId) ?? 0) + 1);
}

/** Where its function's runs wait that need the same and are kept by its share alone: there, they keep their order among each other. */
export function startsNeed(functionId: string, needs: readonly string[]): string {
  return startsKey(functionId, scarceOf(needs) ?? "");
}
