// Back-fills: those that journals tell of, new ones, and telling them to rest, to go on, or to end.
import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";

import type { Backfill, BackfillBody } from "../../../server/contract/backfills.ts";
import type { Operation } from "../../../server/contract/operations.ts";
import type { Accepted } from "../../../server/contract/runs.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";

export const backfillsQuery = queryOptions({
  queryKey: KEYS.backfills,
  queryFn: async ({ signal }) => (await get<{ readonly items: readonly Backfill[] }>("/backfills", { signal })).items,
  // Nothing tells how far one is. Others may begin one, by the command or from the app's code.
  refetchInterval: ({ state }) => (state.data?.every(isOver) === true ? 10_000 : 2_000),
});

export function isOver({ status }: Backfill): boolean {
  return status !== "running" && status !== "paused";
}

export function startBackfill(body: z.input<typeof BackfillBody>): Promise<Operation> {
  return post<Operation>("/backfills", { body });
}

export type BackfillCommand = "pause" | "resume" | "cancel";

export function commandBackfill(id: string, command: BackfillCommand): Promise<Accepted> {
  return post<Accepted>(`/backfills/${segment(id)}/${command}`);
}
