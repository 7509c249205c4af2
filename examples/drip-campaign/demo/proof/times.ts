// How close it was, and how long it took: nothing to pass or fail, but what people ask next.
import { many, type Finding } from "../../../stage/finding.ts";
import type { Case, Evidence } from "../evidence.ts";
import { FIRST_BOOKING_MS } from "../pace.ts";

export function timesOf({ outage }: Evidence, cases: readonly Case[]): readonly Finding[] {
  const waits = cases.flatMap(({ drip, bookedAt }) => {
    const wait = drip?.waits.get("first booking#0");
    return wait === undefined ? [] : [{ ...wait, bookedAt }];
  });
  const early = waits.filter(({ bookedAt, startedAt }) => bookedAt !== null && bookedAt < startedAt).length;
  const inOutage = waits.filter(({ bookedAt }) => bookedAt !== null && bookedAt > outage.from && bookedAt < outage.to).length;
  const margins = waits.flatMap(({ bookedAt, deadline }) => (bookedAt === null ? [] : [deadline - bookedAt]));
  const before = Math.min(...margins.filter((margin) => margin >= 0));
  const behind = Math.min(...margins.filter((margin) => margin < 0).map((margin) => -margin));
  const late = waits.flatMap(({ answer, deadline }) => (answer?.event === null ? [answer.at - deadline] : [])).toSorted((a, b) => a - b);
  const skew = Math.max(...waits.map(({ startedAt, deadline }) => Math.abs(deadline - FIRST_BOOKING_MS - startedAt)));
  return [
    info(
      `${many(early, "booking")} stood in the log before the wait for it began${inOutage === 0 ? "" : `; ${inOutage} came while a partition had no owner`}`,
    ),
    info(`the closest bookings: ${ms(before)} before the deadline, and ${ms(behind)} behind it`),
    info(
      `deadlines are ${FIRST_BOOKING_MS / 1_000} s after the log took their wait, give or take ${ms(skew)}; half of those that passed were acted upon within ${ms(late[Math.floor(late.length / 2)] ?? Number.NaN)}, all within ${ms(late.at(-1) ?? Number.NaN)}`,
    ),
  ];
}

function info(text: string): Finding {
  return { holds: null, text };
}

function ms(value: number): string {
  return Number.isFinite(value) ? `${Math.round(value)} ms` : "–";
}
