// What the service that verifies addresses allows, by its own count: so many at once, and so many new ones in any second.
import type { Finding } from "../../../stage/finding.ts";
import { MOST_NEW, VERIFY } from "../../limits.ts";
import { firsts, type Evidence } from "../evidence.ts";

const SECOND_MS = 1_000;

export function limitsOf(evidence: Evidence): readonly Finding[] {
  const requests = evidence.report.asked.filter(({ service }) => service === "verifications");
  const atOnce = Math.max(0, ...requests.map((one) => one.atOnce));
  const most = mostInASecond(firsts(evidence).map(({ at }) => at));
  const refused = requests.filter(({ status }) => status === 429).length;
  return [
    {
      holds: atOnce <= VERIFY.atOnce,
      text: `never more than ${VERIFY.atOnce} addresses at once: ${atOnce} at the most, in ${requests.length} requests`,
    },
    {
      holds: most <= MOST_NEW && refused === 0,
      text: `${VERIFY.newPerSecond} new ones a second: never more than ${most} in any, and ${refused === 0 ? "none" : refused} refused`,
    },
  ];
}

/** `times` in order. */
export function mostInASecond(times: readonly number[]): number {
  let most = 0;
  let from = 0;
  for (const [index, at] of times.entries()) {
    while ((times[from] ?? at) <= at - SECOND_MS) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
