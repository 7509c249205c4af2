// Which events a consumer's owner may have died of: those whose handler may have been called when it ended without a word. As with runs
// (run/suspicion.ts) they are called again a group at a time, the more suspicious the later and the fewer, at last alone; and whom owners died with
// three times in a row while it was called alone is set aside. Whatever comes of a call clears its event.
import { assert } from "../../core/errors.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { HandlingsTried } from "../records.ts";
import { MAX_LANES, NEVER } from "../run/suspicion.ts";
import type { PartitionState } from "../state.ts";
import { rejected } from "./rejected.ts";
import { owedCell, type HandlingSuspicion, type OwedHandling } from "./state.ts";

/** An owner may die of anything, once: from here on an event waits for its turn. */
export const LANE_SUSPICION = 2;

const NONE: HandlingSuspicion = { deaths: 0, lanes: 0, alone: false, exposed: NEVER };

/** Its handler is called when it is its turn, and that stands in the journal before. */
export function isSuspect({ suspicion }: OwedHandling): boolean {
  return suspicion !== null && suspicion.deaths >= LANE_SUSPICION;
}

/** The owner before ended without its last word. Of each key the oldest event may have been called; of suspects those that had their turn. */
export function evolveHandlersLost({ consumer, owner, farewell, watcher }: PartitionState): void {
  const fronts = new Map<string, OwedHandling>();
  for (const owed of consumer.owed.values()) {
    const front = fronts.get(owed.key);
    if (front === undefined || owed.number < front.number) fronts.set(owed.key, owed);
  }
  for (const owed of fronts.values()) {
    const { deaths, lanes, alone, exposed } = owed.suspicion ?? NONE;
    if (deaths >= LANE_SUSPICION && exposed !== owner?.epoch) continue;
    watcher?.flow(owedCell(owed.number));
    // Who said that it goes and was not waited for any longer may have died or not.
    const suspicion = { deaths: deaths + 1, lanes: lanes + (alone && farewell === null ? 1 : 0), alone: false, exposed: NEVER };
    consumer.owed.set(owed.number, { ...owed, suspicion });
  }
}

export function evolveHandlingsTried({ consumer, owner, watcher }: PartitionState, { numbers, alone }: HandlingsTried): void {
  for (const number of numbers) {
    const owed = consumer.owed.get(number);
    if (owed === undefined || owed.suspicion === null) continue;
    watcher?.flow(owedCell(number));
    const { deaths, lanes } = owed.suspicion;
    // It outlived being alone: only deaths in a row count.
    const suspicion = { deaths, lanes: alone ? lanes : 0, alone, exposed: owner?.epoch ?? NEVER };
    consumer.owed.set(number, { ...owed, suspicion });
  }
}

/** It is the turn of these suspects; `alone` where one is to be the only one. One that has been alone for long enough is said not to be any more. */
export interface TryHandlings {
  readonly type: "TryHandlings";
  readonly numbers: readonly number[];
  readonly alone: boolean;
}

export function decideTryHandlings({ consumer }: PartitionState, { numbers, alone }: TryHandlings): Decision {
  const open = numbers.filter((number) => (consumer.owed.get(number)?.suspicion ?? null) !== null);
  if (open.length === 0) return ignored("they are over, or suspects no more");
  assert(!alone || numbers.length === 1, "one event at a time is handled alone");
  return decided({ type: "HandlingsTried", numbers: open, alone });
}

/** Owners died each time that it was called alone. */
export interface AbandonHandling {
  readonly type: "AbandonHandling";
  readonly number: number;
}

export function isDeadly({ suspicion }: OwedHandling): boolean {
  return suspicion !== null && suspicion.lanes >= MAX_LANES;
}

export function decideAbandonHandling(state: PartitionState, { number }: AbandonHandling): Decision {
  const owed = state.consumer.owed.get(number);
  if (owed === undefined || !isDeadly(owed)) return ignored("no owner died of it");
  const times = owed.suspicion?.lanes ?? 0;
  const reason = `its worker ended without a word ${times} times in a row while this event alone was being handled: the handler ends the process, or blocks it`;
  return decided(...rejected(state, owed.event, { code: "CONSUMER_HANDLER_DEADLY", reason }), { type: "HandlingEnded", numbers: [number] });
}
