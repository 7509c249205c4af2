// What the address of the list says, and the filter that it means.
import type { RunFilter } from "../../../../server/contract/runs.ts";
import { timeOf } from "../../components/local-time.tsx";
import { RUN_STATUSES } from "../../components/status.tsx";
import { searchOf } from "../../url.ts";

const read = searchOf("status", "function", "event", "search", "since", "until");
export type RunsSearch = ReturnType<typeof read>;

/** What is no status, or no time, is as if it were not there. Said as `undefined`: the router leaves what is not said as it was. */
export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  const { status, since, until, ...rest } = read(search);
  const statuses = RUN_STATUSES.filter((each) => status?.split(",").includes(each)).join(",");
  return {
    ...rest,
    status: statuses === "" ? undefined : statuses,
    since: timeOf(since) === undefined ? undefined : since,
    until: timeOf(until) === undefined ? undefined : until,
  };
}

export function filterOf(of: RunsSearch): RunFilter {
  const since = timeOf(of.since);
  const until = timeOf(of.until);
  return {
    ...(of.function !== undefined && { function: of.function }),
    ...(of.status !== undefined && { status: of.status }),
    ...(of.event !== undefined && { event: of.event }),
    ...(of.search !== undefined && { search: of.search }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}
