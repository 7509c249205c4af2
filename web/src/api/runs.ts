// Questions about runs, and what can be done with them.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import type {
  Accepted,
  BulkAnswer,
  Lineage,
  ListedRun,
  LogLines,
  RerunAnswer,
  RerunBody,
  RunCounts,
  RunFilter,
  ShownRun,
  ShownStep,
} from "../../../server/contract/runs.ts";
import type { Page } from "../../../server/contract/words.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";
import { pagesOf } from "./paging.ts";

export function runsQuery(filter: RunFilter) {
  return infiniteQueryOptions({
    queryKey: [...KEYS.runs, "list", filter],
    ...pagesOf<ListedRun>("/runs", filter),
    // While another filter is asked for, what was found by the last one stays.
    placeholderData: keepPreviousData,
  });
}

/** The newest of them. */
export function someRunsQuery(filter: RunFilter, limit: number) {
  return queryOptions({
    queryKey: [...KEYS.runs, "some", filter, limit],
    queryFn: async ({ signal }) => (await get<Page<ListedRun>>("/runs", { query: { ...filter, limit }, signal })).items,
  });
}

export const runCountsQuery = queryOptions({
  queryKey: [...KEYS.runs, "counts"],
  queryFn: async ({ signal }) => (await get<RunCounts>("/runs/counts", { signal })).items,
});

export function runQuery(id: string) {
  return queryOptions({ queryKey: [...KEYS.run, id], queryFn: ({ signal }) => get<ShownRun>(`/runs/${segment(id)}`, { signal }) });
}

/** One step with all that it has: of a run that has too much, the run alone leaves some of that out. */
export function stepQuery(id: string, key: string) {
  return queryOptions({
    queryKey: [...KEYS.run, id, "steps", key],
    queryFn: ({ signal }) => get<ShownStep>(`/runs/${segment(id)}/steps/${segment(key)}`, { signal }),
  });
}

export function runLogsQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.run, id, "logs"],
    queryFn: ({ signal }) => get<LogLines>(`/runs/${segment(id)}/logs`, { signal }),
  });
}

export function runLineageQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.run, id, "lineage"],
    queryFn: ({ signal }) => get<Lineage>(`/runs/${segment(id)}/lineage`, { signal }),
  });
}

export type BulkAction = "cancel" | "rerun" | "release";

export function previewBulk(action: BulkAction, filter: RunFilter, signal?: AbortSignal): Promise<BulkAnswer> {
  return post<BulkAnswer>("/bulk/runs", { body: { action, filter, preview: true }, ...(signal && { signal }) });
}

/** Nothing is done should there be another number of them by now. */
export function doBulk(action: BulkAction, filter: RunFilter, expected: number): Promise<BulkAnswer> {
  return post<BulkAnswer>("/bulk/runs", { body: { action, filter, expected } });
}

export function cancelRun(id: string, reason: string): Promise<Accepted> {
  return post<Accepted>(`/runs/${segment(id)}/cancel`, { body: reason.trim() === "" ? {} : { reason: reason.trim() } });
}

export function releaseRun(id: string): Promise<Accepted> {
  return post<Accepted>(`/runs/${segment(id)}/release`, { body: {} });
}

export function rerun(id: string, body: RerunBody): Promise<RerunAnswer> {
  return post<RerunAnswer>(`/runs/${segment(id)}/rerun`, { body });
}
