// Questions about consumers, and pausing them.
import { queryOptions } from "@tanstack/react-query";

import type { ShownConsumer } from "../../../server/contract/consumers.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";

export const consumersQuery = queryOptions({
  queryKey: KEYS.consumers,
  queryFn: async ({ signal }) => (await get<{ readonly items: readonly ShownConsumer[] }>("/consumers", { signal })).items,
  // A point of the chart comes every ten seconds.
  refetchInterval: 10_000,
});

/** With what only the owners of partitions know. They are asked by their inboxes and answer in their journals: for who looks at it, and no more often. */
export const consumersOwnersQuery = queryOptions({
  queryKey: KEYS.consumersOwners,
  queryFn: async ({ signal }) =>
    (await get<{ readonly items: readonly ShownConsumer[] }>("/consumers", { query: { owners: true }, signal })).items,
  staleTime: 60_000,
  refetchInterval: 60_000,
  refetchOnWindowFocus: false,
});

export async function commandConsumer(id: string, command: "pause" | "resume"): Promise<void> {
  await post(`/consumers/${segment(id)}/${command}`);
}
