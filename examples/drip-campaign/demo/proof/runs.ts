// Each sign-up began a run of each function, and every run ended as it should.
import { countBy, many, type Finding } from "../../../stage/finding.ts";
import type { Case, Evidence } from "../evidence.ts";
import { findingOf } from "../../../stage/faults.ts";

export function runsOf({ stories }: Evidence, cases: readonly Case[]): readonly Finding[] {
  // Reports never cease: proof/reports.ts is about them.
  const runs = [...stories.values()].filter(({ functionId }) => functionId !== "report");
  const count = (functionId: string): number => runs.filter((run) => run.functionId === functionId).length;
  const doubled = cases.filter(({ drip, crm }) => drip === null || crm === null).map(({ guest }) => guest.userId);
  const surplus = count("drip") + count("crm") - 2 * cases.length;
  const ends = countBy(runs, ({ end }) => end?.how ?? "open");
  return [
    ...findingOf(`${many(cases.length, "guest")} signed up: a run of drip and one of crm for each`, [
      ...doubled.map((userId) => `${userId} has not one of each`),
      ...(surplus > 0 ? [`${surplus} runs too many`] : []),
    ]),
    ...findingOf(
      `${runs.length} runs, and every one ended: ${ends.get("completed") ?? 0} completed, ${ends.get("cancelled") ?? 0} cancelled, ${ends.get("failed") ?? 0} failed on purpose`,
      runs.flatMap(({ functionId, run, end, event }) => {
        const mayFail = functionId === "offer" && (event.data as { plan?: string }).plan === "enterprise";
        if (end !== null && (end.how !== "failed" || mayFail)) return [];
        return [`${functionId} ${run} ${end === null ? "has not ended" : "failed"}`];
      }),
    ),
  ];
}
