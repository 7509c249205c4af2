// One run: what it did, what it waits for, and what can be done with it.
import { useQuery } from "@tanstack/react-query";
import { createRoute, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { ShownRun } from "../../../../server/contract/runs.ts";
import { runQuery } from "../../api/runs.ts";
import { JsonView } from "../../components/json-view.tsx";
import { Page } from "../../components/page.tsx";
import { Failure, Loading } from "../../components/states.tsx";
import { RunStatusBadge } from "../../components/status.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { searchOf } from "../../url.ts";

export const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$id",
  validateSearch: searchOf("step", "view"),
  component: RunPage,
});

function RunPage(): ReactElement {
  const { id } = runRoute.useParams();
  const run = useQuery(runQuery(id));
  if (run.isPending) return <Loading what="the run" />;
  if (run.isError)
    return (
      <Page title="Run">
        <Failure error={run.error} onRetry={() => void run.refetch()} />
      </Page>
    );
  return <Shown run={run.data} />;
}

function Shown({ run }: { readonly run: ShownRun }): ReactElement {
  return (
    <Page title={run.functionId} aside={<RunStatusBadge status={run.status} />} crumbs={<Link to="/runs">Runs</Link>}>
      <JsonView label="Output" text={run.output} />
    </Page>
  );
}
