// A wait comes to the partition that decides it: an event that came before may answer it at once.
import { decided, decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import { factsOf } from "../expression/event-facts.ts";
import type { CancelWait, JournalRecord, RegisterWait, WaitClosed, WaitRegistered } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { isEligible } from "./eligible.ts";
import type { KeptEvent } from "./event-window.ts";
import { endMessage, matchMessage, waitClosed } from "./outcome.ts";
import { NO_SCAN, scanFor } from "./scan.ts";

export function evolveWaitRegistered(state: PartitionState, record: WaitRegistered): void {
  const { type: _, ...wait } = record;
  state.waits.add({ ...wait, number: state.waits.next });
  if (wait.deadline !== null) state.timers.push({ kind: "wait", at: wait.deadline, run: wait.run, step: wait.step });
}

export function evolveWaitClosed(state: PartitionState, { run, step }: WaitClosed): void {
  state.waits.remove(run, step);
}

export function decideRegisterWait(state: PartitionState, message: RegisterWait): Decision {
  const { type: _, replaces, ...wait } = message;
  if (state.waits.get(wait.run, wait.step) !== undefined) return ignored("the wait is there already");
  const records: JournalRecord[] = [];
  const messages: Message[] = [];
  if (wait.purpose === "signal") {
    for (const other of state.waits.of(wait.event, wait.path, wait.value)) {
      if (!replaces) return decidedAndTold([], [endMessage(wait, "refused")]);
      records.push(waitClosed(other));
      messages.push(endMessage(other, "replaced"));
    }
  }
  // Also where an event is there already: a run that waits for the same again is to see what came before that one.
  const isHopeless = wait.path !== "" && wait.value === "";
  const scan = wait.purpose === "signal" || isHopeless ? NO_SCAN : scanFor(state, wait);
  records.push(...scan.records);
  messages.push(...scan.messages);
  const earlier = firstMatch(state, wait);
  if (earlier === null) records.push({ type: "WaitRegistered", ...wait, scan: scan.number });
  else {
    if (wait.purpose === "signal") records.push({ type: "EventTaken", kept: earlier.number, taken: true });
    messages.push(matchMessage(wait, earlier.event));
  }
  return decidedAndTold(records, messages);
}

/** The earliest that counts, of those that are remembered. */
function firstMatch(state: PartitionState, wait: Omit<RegisterWait, "type" | "replaces">): KeptEvent | null {
  let first: KeptEvent | null = null;
  for (const kept of state.window.of(wait.event, wait.path, wait.value)) {
    if (kept.taken || (first !== null && first.event.appendedAt <= kept.event.appendedAt)) continue;
    if (isEligible(wait, kept.event, factsOf(kept.event, state.open))) first = kept;
  }
  return first;
}

/** The run needs it no more. */
export function decideCancelWait(state: PartitionState, { run, step }: CancelWait): Decision {
  const wait = state.waits.get(run, step);
  return wait === undefined ? ignored("no such wait") : decided(waitClosed(wait));
}
