// A list that the server gives page by page: what there is so far, and what to say while there is nothing.
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useMemo, type ReactElement, type ReactNode } from "react";

import type { Page } from "../../../server/contract/words.ts";
import { Button } from "./button.tsx";
import { Failure, Loading } from "./states.tsx";
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
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
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
      onMore={hasNextPage && !isFetchingNextPage ? more : undefined}
      {...(hasNextPage && {
        footer: (
          <Button isSmall look="bare" disabled={isFetchingNextPage} onClick={more}>
            {isFetchingNextPage ? "Loading more…" : "More"}
          </Button>
        ),
      })}
    />
  );
}
