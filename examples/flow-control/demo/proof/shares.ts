// While every tenant has contacts that wait, each has the same share, however many those are.
import { countBy, type Finding } from "../../../stage/finding.ts";
import { TENANTS } from "../crowd.ts";
import { firsts, tenantOf, type Evidence } from "../evidence.ts";

const FAIR = 0.8;
/** Of fewer starts for each, shares say nothing. */
const ENOUGH = 5;

export function sharesOf(evidence: Evidence): readonly Finding[] {
  const begun = firsts(evidence);
  const from = allWaitFrom(evidence);
  const to = Math.min(...lastOfEach(begun).values());
  const shares = countBy(
    begun.filter(({ at }) => at >= from && at < to),
    tenantOf,
  );
  const all = [...shares.values()].reduce((sum, count) => sum + count, 0);
  const equal = all / TENANTS;
  if (equal < ENOUGH) return [{ holds: null, text: `shares: there was no time in which all tenants waited` }];
  const counts = [...shares.values()];
  const least = shares.size < TENANTS ? 0 : Math.min(...counts);
  const most = Math.max(...counts);
  return [
    {
      holds: least >= FAIR * equal && most * FAIR <= equal,
      text: `while all ${TENANTS} tenants waited, each had its share: ${least} to ${most} contacts verified of everybody's ${all}`,
    },
  ];
}

/** When the last contact had joined the line. */
function allWaitFrom({ decisions }: Evidence): number {
  let last = 0;
  for (const { record, appendedAt } of decisions) {
    if (record.type === "RunQueued" && record.functionId === "verify") last = Math.max(last, appendedAt);
  }
  return last;
}

function lastOfEach(begun: ReturnType<typeof firsts>): ReadonlyMap<string, number> {
  return new Map(begun.map((one) => [tenantOf(one), one.at]));
}
