// Questions about consumers, and pausing them.
import { queryOptions } from "@tanstack/react-query";

import type { ShownConsumer } from "../../../server/contract/consumers.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";

export const consumersQuery = queryOptions({
  queryKey: KEYS.consumers,
  queryFn: async ({ signal }) => (await get<{ readonly items: readonly ShownConsumer[] }>("/consumers", { signal })).items,
  // A point of the chart comes every ten seconds.
  refetchInterval: 5_000,
});

export async function commandConsumer(id: string, command: "pause" | "resume"): Promise<void> {
  await post(`/consumers/${segment(id)}/${command}`);
}
