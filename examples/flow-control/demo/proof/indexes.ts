// A tenant's index is made again for many changes at once, and for the last of them too.
import { many, type Finding } from "../../../stage/finding.ts";
import { findingOf } from "../../../stage/faults.ts";
import { done, tenantOf, type Evidence } from "../evidence.ts";

export function indexesOf(evidence: Evidence): readonly Finding[] {
  const made = done(evidence, "indexes");
  const changes = done(evidence, "verifications");
  const last = new Map(made.map((one) => [tenantOf(one), one.at]));
  const stale = new Map<string, number>();
  for (const change of changes) {
    const tenant = tenantOf(change);
    if (change.at > (last.get(tenant) ?? 0)) stale.set(tenant, (stale.get(tenant) ?? 0) + 1);
  }
  return findingOf(`${many(made.length, "re-indexing")} for ${changes.length} changes, and each tenant's last came after its last change`, [
    ...[...stale].map(([tenant, count]) => `${many(count, "change")} of ${tenant} came after its last re-indexing`),
    ...(made.length > changes.length / 2 ? [`${made.length} are not few`] : []),
  ]);
}
