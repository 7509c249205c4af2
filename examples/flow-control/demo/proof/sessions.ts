// A tenant has one session with its CRM at a time; what asked for another meanwhile is recorded as skipped.
import { many, type Finding } from "../../../stage/finding.ts";
import { findingOf } from "../../../stage/faults.ts";
import { done, tenantOf, type Evidence } from "../evidence.ts";

export function sessionsOf(evidence: Evidence): readonly Finding[] {
  const { decisions } = evidence;
  const open = new Map<string, string>();
  const faults: string[] = [];
  for (const request of done(evidence, "sessions")) {
    const tenant = tenantOf(request);
    const run = String(request.body["run"]);
    const live = open.get(tenant);
    if (request.body["does"] === "opens") {
      if (live !== undefined) faults.push(`${run} opened a session of ${tenant} while ${live} had one`);
      open.set(tenant, run);
    } else {
      if (live !== run) faults.push(`${run} closed a session of ${tenant} that it had not`);
      open.delete(tenant);
    }
  }
  for (const [tenant, run] of open) faults.push(`${run} did not close its session of ${tenant}`);

  const ran = new Set(done(evidence, "sessions").map(({ body }) => body["run"])).size;
  const skipped = decisions.filter(({ record }) => record.type === "RunSkipped" && record.functionId === "sync").length;
  const inserts = done(evidence, "rows").length;
  if (ran + skipped !== inserts) faults.push(`${inserts} were asked for, ${ran} ran and ${skipped} were skipped`);
  return findingOf(
    `${many(inserts, "sync")} asked for, one at a time for a tenant: ${ran} ran, ${skipped} are recorded as skipped`,
    faults,
  );
}
