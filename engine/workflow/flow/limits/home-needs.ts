// What a run needs at its home to start: its turn by the throttle, where that is here, and slots of its limits.
import type { EventFacts } from "../../expression/event-facts.ts";
import { keyValue } from "../../expression/key.ts";
import type { PartitionState } from "../../state.ts";
import type { Entering } from "../gates/way.ts";
import { gateKey, permitKey, placeOf, poolKey } from "../keys.ts";
import { placeOfLimit } from "../gates/places.ts";
import type { FlowSpec } from "../spec.ts";

export function needsOf(
  { partition, partitions }: PartitionState,
  { functionId }: Entering,
  flow: FlowSpec,
  facts: EventFacts,
): readonly string[] {
  const needs: string[] = [];
  const valueOf = (key: string | undefined): string => (key === undefined ? "" : keyValue(key, facts));
  if (flow.throttle !== undefined) {
    const value = valueOf(flow.throttle.key);
    // Else it had its turn there.
    if (placeOf(partitions, functionId, value) === partition) needs.push(gateKey("throttle", functionId, value));
  }
  for (const [index, limit] of (flow.concurrency ?? []).entries()) {
    const value = valueOf(limit.key);
    const pool = poolKey(functionId, index, limit, value);
    const place = placeOfLimit(partitions, functionId, limit, value);
    // The run lives at the place of its first limit, unless a new manifest moved that meanwhile; the other has a place of its own.
    needs.push(index === 0 && place === partition ? pool : permitKey(place, pool));
  }
  // Behind the limits: shares are kept at the first of them.
  if (flow.breaker !== undefined) needs.push(gateKey("breaker", functionId, valueOf(flow.breaker.key)));
  return needs;
}
