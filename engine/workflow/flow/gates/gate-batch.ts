// Events gather until they are many, large or old enough; then one run has them all. What is invoked goes on alone.
import { passes } from "../../expression/match.ts";
import { batchIsFull, hasRoomFor } from "../counts/batch.ts";
import type { AtGate, Passed } from "./way.ts";
import { held } from "../held.ts";
import { gateKey } from "../keys.ts";

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
  const hasRoom = hasRoomFor(gathered, event);
  if (hasRoom && !batchIsFull(gathered, spec, event)) {
    way.records.push(held(key, "batch", functionId, gathered.run, event, gathered.due));
    return null;
  }
  // All of them are copied when they go on, not for each that joins them.
  const [first, ...others] = gathered.events;
  if (first === undefined) return entering;
  way.records.push({ type: "HeldWentOn", key });
  const together = { ...entering, run: gathered.run };
  if (hasRoom) return { ...together, events: [first, ...others, event] };
  // It begins the next.
  way.records.push(held(key, "batch", functionId, run, event, now + spec.timeoutMs));
  return { ...together, events: [first, ...others] };
}
