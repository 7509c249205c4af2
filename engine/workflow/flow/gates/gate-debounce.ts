// The last event goes on after a quiet time; the earlier ones start nothing. The last is the one that came last to the place of its key, whatever
// times events say of themselves: of those, clocks of their senders tell. What is invoked is awaited by its parent, so it goes on at once.
import { debounceDue } from "../counts/debounce.ts";
import type { AtGate, Passed } from "./way.ts";
import { held } from "../held.ts";
import { gateKey } from "../keys.ts";

export function passDebounce({ state, entering, flow, value, way, now }: AtGate): Passed {
  if (flow.debounce === undefined || entering.parent !== null) return entering;
  const key = gateKey("debounce", entering.functionId, value);
  const due = debounceDue(state.flow.held.get(key), flow.debounce, now);
  const [event] = entering.events;
  way.records.push(held(key, "debounce", entering.functionId, entering.run, event, due));
  return null;
}
