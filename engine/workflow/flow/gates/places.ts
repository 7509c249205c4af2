// Where a function's gates are, and where its runs live.
import type { EventFacts } from "../../expression/event-facts.ts";
import { keyValue } from "../../expression/key.ts";
import type { PartitionState } from "../../state.ts";
import { placeOf } from "../keys.ts";
import { GATES, type ConcurrencySpec, type FlowSpec, type Gate } from "../spec.ts";

/** CEL by which a gate tells events apart, empty where it does not; null where the function has no such gate. */
export function keyOfGate(flow: FlowSpec, gate: Gate): string | null {
  switch (gate) {
    case "pause":
    case "home":
      return "";
    case "idempotency":
      return flow.idempotency ?? null;
    case "rateLimit":
    case "debounce":
    case "batch":
    case "singleton":
    case "throttle":
      return flow[gate] === undefined ? null : (flow[gate].key ?? "");
  }
}

/**
 * The partition of a run: that of its first limit, so that this is decided where the run lives; of its breaker; else of its function's last
 * gate. Null where none of them asks for one.
 */
export function homeOf(
  { partitions }: Pick<PartitionState, "partitions">,
  functionId: string,
  flow: FlowSpec,
  facts: EventFacts,
): number | null {
  const [first] = flow.concurrency ?? [];
  const last = first ?? flow.breaker ?? lastGate(flow);
  if (last === null) return null;
  const { key = "" } = last;
  const value = key === "" ? "" : keyValue(key, facts);
  return first === undefined ? placeOf(partitions, functionId, value) : placeOfLimit(partitions, functionId, first, value);
}

/** A limit that an app shares has no function: where it has no key either, its place is that of the app. */
export function placeOfLimit(partitions: number, functionId: string, { scope }: ConcurrencySpec, value: string): number {
  return placeOf(partitions, scope === "app" ? "" : functionId, value);
}

function lastGate(flow: FlowSpec): { readonly key: string } | null {
  for (const gate of GATES.toReversed()) {
    const key = gate === "pause" || gate === "home" ? null : keyOfGate(flow, gate);
    if (key !== null) return { key };
  }
  return null;
}
