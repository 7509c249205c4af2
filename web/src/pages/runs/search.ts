// What the address of the list says, and the filter that it means.
import type { RunFilter } from "../../../../server/contract/runs.ts";
import { timeOf } from "../../components/local-time.tsx";
import { searchOf } from "../../url.ts";

export const readRunsSearch = searchOf("status", "function", "event", "search", "since", "until");
export type RunsSearch = ReturnType<typeof readRunsSearch>;

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
