// Each contact has its row, once, of as few inserts as may be, and a tenant's table has one writer at a time.
import { countBy, many, type Finding } from "../../../stage/finding.ts";
import { findingOf } from "../../../stage/faults.ts";
import { MAX_ROWS } from "../../limits.ts";
import { done, type Evidence } from "../evidence.ts";

export function rowsOf(evidence: Evidence): readonly Finding[] {
  const inserts = done(evidence, "rows").map(({ body }) => body["contacts"] as readonly number[]);
  const times = countBy(inserts.flat(), String);
  const most = Math.max(0, ...inserts.map(({ length }) => length));
  const writers = Math.max(0, ...evidence.report.asked.filter(({ service }) => service === "rows").map(({ atOnce }) => atOnce));
  return [
    ...findingOf(`${many(times.size, "row")} came in ${many(inserts.length, "insert")} of up to ${most}: each once`, [
      ...evidence.crowd.flatMap(({ id, data }) => {
        const count = times.get(String(data.contact)) ?? 0;
        return count === 1 ? [] : [`${id} has ${count} rows`];
      }),
      ...(most > MAX_ROWS ? [`an insert had ${most} rows, and ${MAX_ROWS} are allowed`] : []),
    ]),
    { holds: writers === 1, text: `never more than one insert at once for a tenant: ${writers} at the most` },
  ];
}
