// Dry runs, what they found, and having it repaired.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";

import type { Operation } from "../../../server/contract/operations.ts";
import type { ApplyBody, Difference, DryRunBody, Replay } from "../../../server/contract/replays.ts";
import type { Page } from "../../../server/contract/words.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";

const PAGE_SIZE = 50;

export const replaysQuery = queryOptions({
  queryKey: [...KEYS.replays, "list"],
  queryFn: async ({ signal }) => (await get<{ readonly items: readonly Replay[] }>("/replays", { signal })).items,
});

export function replayQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.replays, "one", id],
    queryFn: ({ signal }) => get<Replay>(`/replays/${segment(id)}`, { signal }),
    refetchInterval: ({ state }) => (state.data?.operation.state === "running" ? 2_000 : false),
  });
}

export function differencesQuery(id: string, verdict: string | undefined) {
  return infiniteQueryOptions({
    queryKey: [...KEYS.replays, "differences", id, verdict ?? null],
    queryFn: ({ signal, pageParam }) =>
      get<Page<Difference>>(`/replays/${segment(id)}/differences`, { query: { verdict, limit: PAGE_SIZE, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

export function startDryRun(body: z.input<typeof DryRunBody>): Promise<Replay> {
  return post<Replay>("/replays", { body });
}

export function applyReplay(id: string, body: z.input<typeof ApplyBody>): Promise<Operation> {
  return post<Operation>(`/replays/${segment(id)}/apply`, { body });
}
