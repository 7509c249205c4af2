// Each contact is verified by one run, once, and nothing is left when everybody is done.
import { countBy, many, type Finding } from "../../../stage/finding.ts";
import { findingOf } from "../../../stage/faults.ts";
import { done, tenantOf, type Evidence } from "../evidence.ts";

export function runsOf(evidence: Evidence): readonly Finding[] {
  const { crowd, decisions, left } = evidence;
  const runs = decisions.flatMap(({ record }) =>
    record.type === "RunsStarted" ? record.runs.map((run) => ({ ...run, event: record.event })) : [],
  );
  const started = countBy(
    runs.filter(({ functionId }) => functionId === "verify"),
    ({ event }) => event.id,
  );
  const verified = countBy(done(evidence, "verifications"), ({ body }) => String(body["contact"]));
  const failed = decisions.filter(({ record }) => record.type === "RunFailed").length;
  const tenants = new Set(done(evidence, "verifications").map(tenantOf));
  return [
    ...findingOf(`${crowd.length} contacts of ${many(tenants.size, "tenant")}: each verified once, by one run`, [
      ...crowd.flatMap(({ id, data }) => {
        const times = [started.get(id) ?? 0, verified.get(String(data.contact)) ?? 0] as const;
        return times[0] === 1 && times[1] === 1 ? [] : [`${id} had ${times[0]} runs, and was verified ${times[1]} times`];
      }),
      ...(started.size > crowd.length ? [`${started.size - crowd.length} contacts too many`] : []),
    ]),
    ...findingOf(`${many(runs.length, "run")} ended, no slot is taken, nothing waits`, [
      ...left,
      ...(failed === 0 ? [] : [`${many(failed, "run")} failed`]),
    ]),
  ];
}
