// The list of runs, live. What it shows stands in the address.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createRoute, useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";

import type { ListedRun } from "../../../../server/contract/runs.ts";
import { runCountsQuery, runsQuery } from "../../api/runs.ts";
import { Button } from "../../components/button.tsx";
import { Page } from "../../components/page.tsx";
import { Empty, Failure, Loading } from "../../components/states.tsx";
import { Table } from "../../components/table.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { RUN_COLUMNS } from "./columns.tsx";
import { RunFilters } from "./filters.tsx";
import { filterOf, readRunsSearch } from "./search.ts";

export const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs",
  validateSearch: readRunsSearch,
  component: RunsPage,
});

function RunsPage(): ReactElement {
  const search = runsRoute.useSearch();
  const navigate = useNavigate();
  const filter = useMemo(() => filterOf(search), [search]);
  const runs = useInfiniteQuery(runsQuery(filter));
  const counts = useQuery(runCountsQuery);
  const rows = useMemo(() => runs.data?.pages.flatMap(({ items }) => items) ?? [], [runs.data]);
  const isFiltered = Object.keys(search).length > 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = runs;

  return (
    <Page title="Runs">
      <RunFilters search={search} counts={counts.data ?? []} />
      {runs.isPending && <Loading what="runs" rows={12} />}
      {runs.isError && <Failure error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isSuccess && rows.length === 0 && (isFiltered ? <NoneFound /> : <NoneYet />)}
      {rows.length > 0 && (
        <Table<ListedRun>
          label="Runs"
          columns={RUN_COLUMNS}
          rows={rows}
          keyOf={runId}
          onOpen={({ id }) => void navigate({ to: "/runs/$id", params: { id } })}
          onMore={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined}
          {...(hasNextPage && {
            footer: (
              <Button isSmall look="bare" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {isFetchingNextPage ? "Loading older runs…" : "Older runs"}
              </Button>
            ),
          })}
        />
      )}
    </Page>
  );
}

function NoneYet(): ReactElement {
  return (
    <Empty title="No runs yet">
      <p>A run starts when an event comes that triggers a function, or when a cron is due. Send an event, and it appears here.</p>
      <pre>millrace send user/signed.up {'\'{ "user": "u1" }\''}</pre>
    </Empty>
  );
}

function NoneFound(): ReactElement {
  const navigate = useNavigate();
  return (
    <Empty title="No run is like that">
      <p>Filters narrow the list down to nothing.</p>
      <Button onClick={() => void navigate({ to: "/runs", search: {} })}>Show all runs</Button>
    </Empty>
  );
}

function runId({ id }: ListedRun): string {
  return id;
}
