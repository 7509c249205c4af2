// Data that is sealed, as a task meets it: opened for its deciders, and waited for where its key is not known yet.
import type { Sealing } from "../core/sealing.ts";
import { openedText } from "../execution/opened-text.ts";
import type { MessageBody } from "../workflow/records.ts";
import { asItIs, type OpenData } from "../workflow/expression/event-facts.ts";

/** What a task needs of it besides. */
export interface TaskSealing extends Sealing {
  /** Resolves when all keys are known that were in the log when it was called. @throws the signal's reason */
  caughtUp(signal: AbortSignal): Promise<void>;
}

/** By when something is decided, its key is known, or its subject is erased. */
export function openerOf(sealing: Sealing | null): OpenData {
  if (sealing === null) return asItIs;
  return (data) => {
    const opened = sealing.open(data);
    return opened.kind === "open" ? opened.text : "null";
  };
}

/** Null where all data of the message's events can be looked into, or never will be. */
export function whenKnown(sealing: Sealing | null, body: MessageBody): Promise<void> | null {
  if (sealing === null) return null;
  for (const { data, name } of eventsIn(body)) {
    const opened = data === null ? null : openedText(sealing, data, name);
    if (opened?.kind === "unknown") return opened.known.then(() => whenKnown(sealing, body) ?? undefined);
  }
  return null;
}

function eventsIn(body: MessageBody): readonly { readonly data: string | null; readonly name: string }[] {
  switch (body.type) {
    case "EnterFunction":
    case "RerunRun":
      return body.events;
    case "EventSeen":
    case "StartChild":
    case "StartMissed":
    case "ConsumeEvent":
    case "ConsumeAgain":
    case "RejectMatch":
      return [body.event];
    default:
      return [];
  }
}
