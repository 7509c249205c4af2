// Dry runs that were started here, back-fills, and new ones of both.
import "./replays.css";

import { useQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { Replay } from "../../../../server/contract/replays.ts";
import { useMay } from "../../api/app.ts";
import { replaysQuery } from "../../api/replays.ts";
import { OperationStatus } from "../../components/operation.tsx";
import { Page } from "../../components/page.tsx";
import { Failure, Loading } from "../../components/states.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import { searchOf } from "../../url.ts";
import { Backfills } from "./backfills.tsx";
import { StartBackfill } from "./start-backfill.tsx";
import { StartDryRun } from "./start-dry-run.tsx";

export const replaysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/replays",
  validateSearch: searchOf("function"),
  component: ReplaysPage,
});

function ReplaysPage(): ReactElement {
  const { function: functionId } = replaysRoute.useSearch();
  const mayOperate = useMay("operate");
  const replays = useQuery(replaysQuery);
  const navigate = useNavigate();
  return (
    <Page title="Replays">
      {mayOperate && (
        <div className="replay-columns">
          <StartDryRun key={functionId ?? ""} functionId={functionId} />
          <StartBackfill />
        </div>
      )}
      <Backfills />
      {replays.isPending && <Loading what="dry runs" />}
      {replays.data === undefined && replays.isError && <Failure error={replays.error} onRetry={() => void replays.refetch()} />}
      {replays.data?.length === 0 && <p className="quiet">No dry run was started here yet. The newest hundred are kept.</p>}
      {(replays.data?.length ?? 0) > 0 && (
        <section className="stack" aria-labelledby="dry-runs">
          <h2 id="dry-runs">Dry runs</h2>
          <Table<Replay>
            label="Dry runs"
            columns={COLUMNS}
            rows={replays.data ?? []}
            keyOf={({ operation }) => operation.id}
            onOpen={({ operation }) => void navigate({ to: "/replays/$id", params: { id: operation.id } })}
          />
        </section>
      )}
    </Page>
  );
}

const COLUMNS: readonly Column<Replay>[] = [
  { head: "State", width: "104px", phone: "side", cell: ({ operation }) => <OperationStatus state={operation.state} /> },
  {
    head: "Function",
    width: "minmax(120px, 1fr)",
    phone: "main",
    cell: ({ operation, function: id }) => (
      <Link to="/replays/$id" params={{ id: operation.id }} tabIndex={-1}>
        {visible(id)}
      </Link>
    ),
  },
  {
    head: "Affected",
    width: "minmax(120px, 1fr)",
    phone: "main",
    cell: ({ affected, total }) =>
      affected === null || total === null ? (
        <span className="quiet">not known yet</span>
      ) : (
        `${amount(affected)} of ${amount(total)} ${total === 1 ? "run" : "runs"}`
      ),
  },
  {
    head: "Applied",
    width: "80px",
    align: "end",
    phone: "hide",
    cell: ({ applied }) => (applied.length === 0 ? <span className="quiet">no</span> : "yes"),
  },
  { head: "Who", width: "minmax(0, 0.7fr)", phone: "hide", cell: ({ operation }) => visible(operation.actor) },
  { head: "Started", width: "84px", align: "end", phone: "side", cell: ({ operation }) => <Time at={operation.startedAt} /> },
];
