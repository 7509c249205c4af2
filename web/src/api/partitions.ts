// Questions about partitions, and having them verified.
import { queryOptions } from "@tanstack/react-query";

import type { Operation } from "../../../server/contract/operations.ts";
import type { ShownPartition } from "../../../server/contract/partitions.ts";
import { get, post } from "./client.ts";
import { KEYS } from "./keys.ts";

export const partitionsQuery = queryOptions({
  queryKey: KEYS.partitions,
  queryFn: async ({ signal }) => (await get<{ readonly items: readonly ShownPartition[] }>("/partitions", { signal })).items,
  refetchInterval: 3_000,
});

export function verifyPartitions(): Promise<Operation> {
  return post<Operation>("/partitions/verify");
}

/** A run that is parked or quarantined waits for somebody; its partition goes on. */
export function isOfRun(problem: string): boolean {
  return /^RUN_(PARKED|QUARANTINED):/.test(problem);
}
