// What deciding an input comes to. Redelivery and lateness are ordinary: they are answers, not exceptions.
import type { JournalRecord } from "./records.ts";

export type Decision =
  { readonly outcome: "decided"; readonly records: readonly JournalRecord[] } | { readonly outcome: "ignored"; readonly why: string };

export function decided(...records: readonly JournalRecord[]): Decision {
  return { outcome: "decided", records };
}

export function ignored(why: string): Decision {
  return { outcome: "ignored", why };
}
