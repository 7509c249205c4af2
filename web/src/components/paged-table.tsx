// A list that the server gives page by page: what there is so far, and what to say while there is nothing.
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useMemo, type ReactElement, type ReactNode } from "react";

import type { Page } from "../../../server/contract/words.ts";
import { Button } from "./button.tsx";
import { Failure, Loading, messageOf, Notice } from "./states.tsx";
import { amount } from "../text/time.ts";
import { visible } from "../text/visible.ts";
import { Table, type Column, type Selection } from "./table.tsx";

export function PagedTable<Row>(of: {
  /** `Events`. */
  readonly label: string;
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<Row>>>;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly nameOf?: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly selection?: Selection;
  /** Instead of the list, where there is nothing in it. */
  readonly empty: ReactNode;
}): ReactElement {
  const { label, query, empty, ...table } = of;
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, isPlaceholderData, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const more = (): void => void fetchNextPage();
  if (query.isPending) return <Loading what={label.toLowerCase()} rows={12} />;
  if (query.isError && rows.length === 0) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (rows.length === 0) return <>{empty}</>;
  return (
    <Table<Row>
      {...table}
      label={label}
      rows={rows}
      isOutdated={isPlaceholderData}
      // One that failed is tried again by who wants it, not by whoever scrolls.
      onMore={hasNextPage && !isFetchingNextPage && !isFetchNextPageError && !isPlaceholderData ? more : undefined}
      footer={
        hasNextPage ? (
          <>
            {isFetchNextPageError && !isFetchingNextPage && (
              <div role="alert">
                <Notice tone="bad">What comes next could not be read: {visible(messageOf(query.error))}</Notice>
              </div>
            )}
            <Button isSmall look="bare" disabled={isFetchingNextPage} onClick={more}>
              {isFetchingNextPage ? "Loading more…" : isFetchNextPageError ? "Try again" : "More"}
            </Button>
          </>
        ) : (
          Boolean(data?.pages.at(-1)?.next) && (
            <span className="quiet">These are the first {amount(rows.length)}. Filters find what comes behind them.</span>
          )
        )
      }
    />
  );
}
