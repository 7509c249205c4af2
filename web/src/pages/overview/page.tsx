// Home: what is wrong now, and whether the rest goes on.
import { useQuery } from "@tanstack/react-query";
import { createRoute, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { runCountsQuery } from "../../api/runs.ts";
import { Page } from "../../components/page.tsx";
import { Failure, Loading } from "../../components/states.tsx";
import { RUN_STATUSES, RunStatusBadge } from "../../components/status.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount } from "../../text/time.ts";

export const overviewRoute = createRoute({ getParentRoute: () => rootRoute, path: "/", component: OverviewPage });

function OverviewPage(): ReactElement {
  const counts = useQuery(runCountsQuery);
  return (
    <Page title="Overview">
      {counts.isPending && <Loading what="counts" />}
      {counts.isError && <Failure error={counts.error} onRetry={() => void counts.refetch()} />}
      <ul className="chips">
        {RUN_STATUSES.map((status) => (
          <li key={status} className="row">
            <Link to="/runs" search={{ status }}>
              <RunStatusBadge status={status} />
            </Link>
            {amount((counts.data ?? []).reduce((sum, each) => sum + (each.status === status ? each.count : 0), 0))}
          </li>
        ))}
      </ul>
    </Page>
  );
}
