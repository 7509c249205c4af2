// Questions about dead letters, and what can be done with them.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";

import type { DeadLetter, DeadLetterFilter as Filter, ListedDeadLetter } from "../../../server/contract/dead-letters.ts";
import type { BulkAnswer } from "../../../server/contract/runs.ts";
import { get, post, segment } from "./client.ts";
import { KEYS } from "./keys.ts";
import { pagesOf } from "./paging.ts";

export type DeadLetterFilter = z.infer<typeof Filter>;
export type DeadLetterAction = "retry" | "discard";

export function deadLettersQuery(filter: DeadLetterFilter) {
  return infiniteQueryOptions({
    queryKey: [...KEYS.deadLetters, "list", filter],
    ...pagesOf<ListedDeadLetter>("/dead-letters", filter),
  });
}

export function deadLetterQuery(id: string) {
  return queryOptions({
    queryKey: [...KEYS.deadLetters, "one", id],
    queryFn: ({ signal }) => get<DeadLetter>(`/dead-letters/${segment(id)}`, { signal }),
  });
}

export async function actOnDeadLetter(id: string, action: DeadLetterAction): Promise<void> {
  await post(`/dead-letters/${segment(id)}/${action}`);
}

export function previewDeadLetters(action: DeadLetterAction, filter: DeadLetterFilter, signal: AbortSignal): Promise<BulkAnswer> {
  return post<BulkAnswer>("/bulk/dead-letters", { body: { action, filter, preview: true }, signal });
}

/** Nothing is done should there be another number of them by now. */
export function bulkDeadLetters(action: DeadLetterAction, filter: DeadLetterFilter, expected: number): Promise<BulkAnswer> {
  return post<BulkAnswer>("/bulk/dead-letters", { body: { action, filter, expected } });
}
