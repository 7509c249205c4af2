// Questions about functions, and pausing them.
import { queryOptions } from "@tanstack/react-query";

import type { FunctionList, LagList, ListedFunction } from "../../../server/contract/functions.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";

/** Rates go on while nothing is told. */
const EVERY_MS = 5_000;

export const functionsQuery = queryOptions({
  queryKey: [...KEYS.functions, "list"],
  queryFn: ({ signal }) => get<FunctionList>("/functions", { signal }),
  refetchInterval: EVERY_MS,
});

export function functionQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.functions, "one", id],
    queryFn: ({ signal }) => get<ListedFunction>(`/functions/${segment(id)}`, { signal }),
    refetchInterval: EVERY_MS,
  });
}

export const lagQuery = queryOptions({
  queryKey: KEYS.lag,
  queryFn: ({ signal }) => get<LagList>("/lag", { signal }),
  refetchInterval: ({ state }) => (state.data === undefined ? false : EVERY_MS),
});

export type EventsMeanwhile = "keep" | "skip";

export async function pauseFunction(id: string, events: EventsMeanwhile): Promise<void> {
  await post(`/functions/${segment(id)}/pause`, { body: { events } });
}

export async function resumeFunction(id: string): Promise<void> {
  await post(`/functions/${segment(id)}/resume`);
}
