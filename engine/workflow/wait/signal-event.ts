// A signal in the log: an event of a name of its own, keyed by the signal, so that it comes to where its wait is without a hop.
import { valueOf } from "../expression/value.ts";
import type { TriggerEvent } from "../records.ts";

export const SIGNAL_EVENT = "millrace/signal";
export const SIGNAL_PATH = "key";

/** What a wait for the signal compares. */
export function valueOfSignal(signal: string): string {
  return valueOf(signal);
}

export function signalValue(event: TriggerEvent): string {
  return valueOfSignal(event.key ?? "");
}
