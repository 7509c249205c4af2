// What takes a while on the server, and stopping it.
import { queryOptions } from "@tanstack/react-query";

import type { Operation } from "../../../server/contract/operations.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";

export const operationsQuery = queryOptions({
  queryKey: [...KEYS.operations, "list"],
  queryFn: async ({ signal }) => (await get<{ readonly items: readonly Operation[] }>("/operations", { signal })).items,
});

export function operationQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.operations, id],
    queryFn: ({ signal }) => get<Operation>(`/operations/${segment(id)}`, { signal }),
    // Live messages tell the same sooner; without them it still ends.
    refetchInterval: ({ state }) => (state.data?.state === "running" ? 2_000 : false),
  });
}

export async function stopOperation(id: string): Promise<void> {
  await post(`/operations/${segment(id)}/stop`);
}
