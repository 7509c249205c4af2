// A list that the server gives page by page: what there is so far, and what to say while there is nothing.
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type ReactElement, type ReactNode } from "react";

import type { Page } from "../../../server/contract/words.ts";
import { Button } from "./button.tsx";
import { Empty, Failure, Loading, messageOf, Notice } from "./states.tsx";
import { amount } from "../text/time.ts";
import { visible } from "../text/visible.ts";
import { Table, type Column, type Selection } from "./table.tsx";

/** The server looks at so much for a page, and no more: what is rare may be on none of the first. So many are asked for by themselves. */
const PAGES_BY_THEMSELVES = 6;

export function PagedTable<Row>(of: {
  /** `Events`. */
  readonly label: string;
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<Row>>>;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly nameOf?: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly selection?: Selection;
  /** Instead of the list, where all of it was looked at and there is nothing. */
  readonly empty: ReactNode;
}): ReactElement {
  const { label, query, empty, ...table } = of;
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, isPlaceholderData, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const more = (): void => void fetchNextPage();
  const pages = data?.pages.length ?? 0;
  const [wanted, setWanted] = useState(PAGES_BY_THEMSELVES);
  const looksOn = pages > 0 && rows.length === 0 && hasNextPage && pages < wanted && !query.isError && !isPlaceholderData;
  useEffect(() => {
    if (looksOn && !isFetchingNextPage) void fetchNextPage();
  }, [looksOn, isFetchingNextPage, pages, fetchNextPage]);
  // That the last filter found nothing says nothing of the next one.
  if (query.isPending || looksOn || (isPlaceholderData && rows.length === 0)) return <Loading what={label.toLowerCase()} rows={12} />;
  if (query.isError && rows.length === 0) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (rows.length === 0 && Boolean(data?.pages.at(-1)?.next)) {
    return <NoneSoFar {...(hasNextPage && { onMore: () => setWanted(pages + PAGES_BY_THEMSELVES) })} />;
  }
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

function NoneSoFar({ onMore }: { readonly onMore?: () => void }): ReactElement {
  return (
    <Empty title="Nothing so far">
      <p role="status">
        The newest part of this list was looked through, and nothing in it is like that. What is older was not looked at
        {onMore === undefined ? ": other filters find what is there." : "."}
      </p>
      {onMore && <Button onClick={onMore}>Look further</Button>}
    </Empty>
  );
}
