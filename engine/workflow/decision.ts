// What deciding an input comes to. Redelivery and lateness are ordinary: they are answers, not exceptions.
import type { JournalRecord, MessageBody } from "./records.ts";

export type Decision = Decided | { readonly outcome: "ignored"; readonly why: string };

export interface Decided {
  readonly outcome: "decided";
  readonly records: readonly JournalRecord[];
  /** What other tasks, or this one itself, are to know; decided there in its turn. */
  readonly messages: readonly Message[];
}

export interface Message {
  /** Partition. */
  readonly to: number;
  readonly body: MessageBody;
}

const NO_MESSAGES: readonly Message[] = [];

export function decided(...records: readonly JournalRecord[]): Decided {
  return { outcome: "decided", records, messages: NO_MESSAGES };
}

export function decidedAndTold(records: readonly JournalRecord[], messages: readonly Message[]): Decided {
  return { outcome: "decided", records, messages };
}

export function ignored(why: string): Decision {
  return { outcome: "ignored", why };
}
