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
import { ApiProblem, isWorthAnotherTry } from "./problem.ts";
import { isYoung, noteBegun } from "./young-runs.ts";

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

/** One that may yet come is asked for again, for some seconds. */
export function runQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.run, id],
    queryFn: ({ signal }) => get<ShownRun>(`/runs/${segment(id)}`, { signal }),
    retry: (failures, error) => (isNotThereYet(id, error) ? failures < YOUNG_TRIES : isWorthAnotherTry(failures, error)),
    retryDelay: (failures, error) => (isNotThereYet(id, error) ? YOUNG_REST_MS : Math.min(1_000 * 2 ** failures, 30_000)),
    refetchInterval: ({ state }) => (state.data?.endedAt !== null ? false : isLarge(state.data) ? OPEN_LARGE_MS : OPEN_MS),
  });
}

/** Of a run that is not over, much changes without a record that live messages could tell of: how long a step executes, what it logs, who is alive. */
const OPEN_MS = 3_000;
/** Of one whose answer is not read in no time. */
const OPEN_LARGE_MS = 30_000;
const MANY_STEPS = 200;
const MANY_CHARACTERS = 100_000;

function isLarge({ isCut, steps }: ShownRun): boolean {
  if (isCut || steps.length > MANY_STEPS) return true;
  return steps.reduce((sum, { output }) => sum + (output?.length ?? 0), 0) > MANY_CHARACTERS;
}

const YOUNG_TRIES = 20;
const YOUNG_REST_MS = 700;

export function isNotThereYet(id: string, error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 404 && isYoung(id);
}

/** One step with all that it has: of a run that has too much, the run alone leaves some of that out. */
export function stepQuery(id: string, key: string) {
  return queryOptions({
    queryKey: [...KEYS.run, id, "steps", key],
    queryFn: ({ signal }) => get<ShownStep>(`/runs/${segment(id)}/steps/${segment(key)}`, { signal }),
  });
}

export function runLogsQuery({ id, endedAt }: Pick<ShownRun, "id" | "endedAt">) {
  return queryOptions({
    queryKey: [...KEYS.run, id, "logs"],
    queryFn: ({ signal }) => get<LogLines>(`/runs/${segment(id)}/logs`, { signal }),
    // Who may not see them is told so once.
    refetchInterval: ({ state }) => (endedAt === null && state.data !== undefined ? OPEN_MS : false),
  });
}

/** Of many runs: whichever of them changes. */
export function runLineageQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.runs, "lineage", id],
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

export async function rerun(id: string, body: RerunBody): Promise<RerunAnswer> {
  const answer = await post<RerunAnswer>(`/runs/${segment(id)}/rerun`, { body });
  noteBegun(answer.id);
  return answer;
}
