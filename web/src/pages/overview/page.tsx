// Home: what is wrong now, and whether the rest goes on.
import "./page.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { ListedRun } from "../../../../server/contract/runs.ts";
import { useApp } from "../../api/app.ts";
import { consumersQuery } from "../../api/consumers.ts";
import { deadLettersQuery } from "../../api/dead-letters.ts";
import { functionsQuery, lagQuery } from "../../api/functions.ts";
import { partitionsQuery } from "../../api/partitions.ts";
import { runCountsQuery, someRunsQuery } from "../../api/runs.ts";
import { LineChart } from "../../charts/line-chart.tsx";
import { Page } from "../../components/page.tsx";
import { Empty, Failure, Loading } from "../../components/states.tsx";
import { Table } from "../../components/table.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { RUN_COLUMNS } from "../runs/columns.tsx";
import { Concerns } from "./concern-list.tsx";
import { concernsOf } from "./concerns.ts";
import { Figures } from "./figures.tsx";
import { ratesOf } from "./rates.ts";

export const overviewRoute = createRoute({ getParentRoute: () => rootRoute, path: "/", component: OverviewPage });

const LATEST = 8;

function OverviewPage(): ReactElement {
  const counts = useQuery(runCountsQuery);
  const functions = useQuery(functionsQuery);
  const partitions = useQuery(partitionsQuery);
  const consumers = useQuery(consumersQuery);
  const lag = useQuery(lagQuery);
  const letters = useInfiniteQuery(deadLettersQuery({ state: "open" }));
  const [firstPage] = letters.data?.pages ?? [];
  const { workers, gaps, historyLag } = useApp();
  const concerns = concernsOf({
    workers,
    lag: lag.data?.total,
    counts: counts.data,
    functions: functions.data,
    partitions: partitions.data,
    consumers: consumers.data,
    deadLetters: firstPage && { count: firstPage.items.length, isMore: firstPage.next !== null },
  });
  const asked = [counts, functions, partitions, consumers, letters, lag];
  const failed = asked.find(({ isError }) => isError);
  const rates = functions.data && ratesOf(functions.data.items);

  return (
    <Page title="Overview">
      {asked.some(({ isPending }) => isPending) && <Loading what="the overview" rows={2} />}
      {failed !== undefined && <Failure error={failed.error} onRetry={() => void Promise.all(asked.map((each) => each.refetch()))} />}
      {asked.every(({ isSuccess }) => isSuccess) && <Concerns concerns={concerns} isAllKnown={gaps.length === 0 && historyLag !== null} />}
      <div className="overview-columns">
        {counts.data !== undefined && <Figures counts={counts.data} lag={lag.data?.total ?? null} />}
        {rates && (
          <section className="card stack" aria-label="Runs over time">
            <h2>Runs in the last {rates.minutes} minutes</h2>
            <LineChart
              title="Runs over time"
              description={`Runs that completed, and runs that failed, in the last ${rates.minutes} minutes`}
              unit="runs"
              lines={rates.lines}
            />
          </section>
        )}
      </div>
      <LatestFailures />
    </Page>
  );
}

function LatestFailures(): ReactElement {
  const navigate = useNavigate();
  const failures = useQuery(someRunsQuery({ status: "failed,quarantined,parked" }, LATEST));
  return (
    <section className="stack" aria-labelledby="latest-failures">
      <div className="row">
        <h2 id="latest-failures">Latest failures</h2>
        <Link to="/runs" search={{ status: "failed,quarantined,parked" }} className="push">
          All of them
        </Link>
      </div>
      {failures.isPending && <Loading what="failures" />}
      {failures.data === undefined && failures.isError && <Failure error={failures.error} onRetry={() => void failures.refetch()} />}
      {failures.data?.length === 0 && (
        <Empty title="No run has failed">
          <p>When one does, it stands here with the reason.</p>
        </Empty>
      )}
      {(failures.data?.length ?? 0) > 0 && (
        <Table<ListedRun>
          label="Latest failures"
          columns={RUN_COLUMNS}
          rows={failures.data ?? []}
          keyOf={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: "/runs/$id", params: { id } })}
        />
      )}
    </section>
  );
}
