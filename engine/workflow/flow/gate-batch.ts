// Events gather until they are many, large or old enough; then one run has them all. What is invoked goes on alone.
import { passes } from "../expression/match.ts";
import { batchIsFull, hasRoomFor } from "./batch.ts";
import type { AtGate, Passed } from "./way.ts";
import { held } from "./held.ts";
import { gateKey } from "./keys.ts";

export function passBatch({ state, entering, flow, facts, value, way, now }: AtGate): Passed {
  const spec = flow.batch;
  if (spec === undefined || entering.parent !== null || entering.events.length > 1) return entering;
  if (spec.if !== undefined && !passes(spec.if, facts)) return entering;
  const { functionId, run } = entering;
  const key = gateKey("batch", functionId, value);
  const gathered = state.flow.held.get(key);
  const [event] = entering.events;
  if (gathered === undefined) {
    if (spec.maxSize === 1) return entering;
    way.records.push(held(key, "batch", functionId, run, event, now + spec.timeoutMs));
    return null;
  }
  const [first, ...others] = gathered.events;
  if (first === undefined) return entering;
  const before = { ...entering, run: gathered.run };
  if (!hasRoomFor(gathered, event)) {
    // It begins the next.
    way.records.push({ type: "HeldWentOn", key }, held(key, "batch", functionId, run, event, now + spec.timeoutMs));
    return { ...before, events: [first, ...others] };
  }
  if (!batchIsFull(gathered, spec, event)) {
    way.records.push(held(key, "batch", functionId, gathered.run, event, gathered.due));
    return null;
  }
  way.records.push({ type: "HeldWentOn", key });
  return { ...before, events: [first, ...others, event] };
}
