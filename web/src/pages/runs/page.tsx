// The list of runs, live. What it shows stands in the address.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useState, type ReactElement } from "react";

import type { ListedRun } from "../../../../server/contract/runs.ts";
import { useMay } from "../../api/app.ts";
import { runCountsQuery, runsQuery } from "../../api/runs.ts";
import { Button, buttonClass } from "../../components/button.tsx";
import { FollowedOperation } from "../../components/operation.tsx";
import { Page } from "../../components/page.tsx";
import { PagedTable } from "../../components/paged-table.tsx";
import { Empty } from "../../components/states.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { BulkDialog } from "./bulk.tsx";
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
  const mayOperate = useMay("operate");
  const filter = useMemo(() => filterOf(search), [search]);
  const runs = useInfiniteQuery(runsQuery(filter));
  const counts = useQuery(runCountsQuery);
  const [isBulk, setIsBulk] = useState(false);
  const [operation, setOperation] = useState<string | null>(null);
  const isFiltered = Object.keys(filter).length > 0;

  return (
    <Page
      title="Runs"
      actions={
        mayOperate && (
          <Button onClick={() => setIsBulk(true)}>{isFiltered ? "Do something with all that match…" : "Do something with all…"}</Button>
        )
      }
    >
      <RunFilters search={search} counts={counts.data} />
      {operation !== null && <FollowedOperation id={operation} />}
      <PagedTable<ListedRun>
        label="Runs"
        query={runs}
        columns={RUN_COLUMNS}
        keyOf={runId}
        onOpen={({ id }) => void navigate({ to: "/runs/$id", params: { id } })}
        empty={isFiltered ? <NoneFound /> : <NoneYet />}
      />
      {isBulk && <BulkDialog filter={filter} search={search} onStarted={setOperation} onClose={() => setIsBulk(false)} />}
    </Page>
  );
}

function NoneYet(): ReactElement {
  const maySend = useMay("send");
  return (
    <Empty title="No runs yet">
      <p>A run starts when an event comes that triggers a function, or when a cron is due. Send an event, and it appears here.</p>
      {maySend && (
        <Link to="/send" className={buttonClass("primary")}>
          Send one
        </Link>
      )}
      <pre>npx millrace send user/signed.up --data {'\'{ "user": "u1" }\''}</pre>
    </Empty>
  );
}

function NoneFound(): ReactElement {
  const navigate = useNavigate();
  return (
    <Empty title="No run is like that">
      <p>The filters narrow the list down to nothing.</p>
      <Button onClick={() => void navigate({ to: "/runs", search: {} })}>Show all runs</Button>
    </Empty>
  );
}

function runId({ id }: ListedRun): string {
  return id;
}
