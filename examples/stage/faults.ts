// A finding about many things: what holds, or each that does not.
import type { Finding } from "./finding.ts";

const SHOWN = 5;

export function findingOf(text: string, faults: readonly string[]): readonly Finding[] {
  if (faults.length === 0) return [{ holds: true, text }];
  return [{ holds: false, text: `${text}: not so` }, ...faults.slice(0, SHOWN).map((fault) => ({ holds: false, text: fault }))];
}
