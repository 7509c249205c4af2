// Lists that come page by page: a short one at first, long ones for who wants more, and an end for who would take everything.
import type { Page } from "../../../server/contract/words.ts";
import { get, type Query } from "./client.ts";

const FIRST_ITEMS = 100;
const MORE_ITEMS = 500;
/** Some ten thousand rows: who has not found it by then needs a filter. */
const MOST_PAGES = 21;

/** For `infiniteQueryOptions`. */
export function pagesOf<Item>(path: string, query: Query) {
  return {
    queryFn: ({ signal, pageParam }: { readonly signal: AbortSignal; readonly pageParam: string | null }) =>
      get<Page<Item>>(path, { query: { ...query, limit: pageParam === null ? FIRST_ITEMS : MORE_ITEMS, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<Item>, pages: readonly Page<Item>[]) => (pages.length < MOST_PAGES ? page.next : null),
  };
}
