// The line of counts that moves while the demo plays.
import { figures, pad } from "../../stage/narrator.ts";
import type { Ledger } from "./ledger.ts";

export function figuresOf(ledger: Ledger, guests: number): string {
  const { thanked, reminded, cancelled } = ledger.outcomes;
  return figures((ledger.ended("drip") + ledger.ended("crm")) / (2 * guests), [
    `${pad(ledger.waiting, 99)} waiting`,
    `${pad(thanked, 99)} thanked`,
    `${pad(reminded, 99)} reminded`,
    `${pad(cancelled, 99)} cancelled`,
    `${pad(ledger.reports, 99)} reports`,
  ]);
}
