// Functions of the deployment in force, and how they fare.
import "../../components/lists.css";
import "./functions.css";

import { useQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { LagList, ListedFunction } from "../../../../server/contract/functions.ts";
import { functionsQuery, lagQuery } from "../../api/functions.ts";
import { Page } from "../../components/page.tsx";
import { SmallTable, type SmallColumn } from "../../components/small-table.tsx";
import { Empty, Failure, Loading } from "../../components/states.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import { Failures, Latency, Paused, Rates } from "./rates.tsx";

export const functionsRoute = createRoute({ getParentRoute: () => rootRoute, path: "/functions", component: FunctionsPage });

function FunctionsPage(): ReactElement {
  const functions = useQuery(functionsQuery);
  const navigate = useNavigate();
  const minutes = functions.data?.items[0]?.rates.minutes ?? 60;
  return (
    <Page
      title="Functions"
      aside={
        functions.data !== undefined &&
        functions.data.version !== null && <span className="quiet">deployment {functions.data.version}</span>
      }
    >
      {functions.isPending && <Loading what="functions" rows={8} />}
      {functions.data === undefined && functions.isError && <Failure error={functions.error} onRetry={() => void functions.refetch()} />}
      {functions.data?.items.length === 0 && <NoneYet />}
      {(functions.data?.items.length ?? 0) > 0 && (
        <>
          <p className="quiet">Rates, latency and failures are of the last {minutes} minutes; how long runs took is told to within 5 %.</p>
          <Table<ListedFunction>
            label="Functions"
            columns={COLUMNS}
            rows={functions.data?.items ?? []}
            keyOf={({ id }) => id}
            onOpen={({ id }) => void navigate({ to: "/functions/$id", params: { id } })}
          />
        </>
      )}
      <Lag />
    </Page>
  );
}

const COLUMNS: readonly Column<ListedFunction>[] = [
  {
    head: "Function",
    width: "minmax(140px, 1.6fr)",
    phone: "main",
    cell: ({ id, paused }) => (
      <span className="row">
        <Link to="/functions/$id" params={{ id }} tabIndex={-1}>
          <bdi>{visible(id)}</bdi>
        </Link>
        <Paused how={paused} />
      </span>
    ),
  },
  {
    head: "Triggers",
    width: "minmax(0, 1.4fr)",
    phone: "hide",
    cell: ({ triggers }) => {
      const words = visible(triggers.map(({ kind, of }) => (kind === "cron" ? `cron ${of}` : of)).join(", "));
      return <span title={words}>{words}</span>;
    },
  },
  { head: "Rate", width: "128px", phone: "main", cell: ({ rates }) => <Rates rates={rates} /> },
  { head: "Took (p50 / p95)", width: "140px", align: "end", phone: "side", cell: ({ latency }) => <Latency latency={latency} /> },
  {
    head: "Failed",
    width: "64px",
    align: "end",
    phone: "side",
    cell: ({ rates }) => (
      <>
        <Failures rates={rates} />
        <span className="phone-word"> failed</span>
      </>
    ),
  },
  {
    head: "Queued",
    width: "72px",
    align: "end",
    phone: "hide",
    cell: ({ queued }) => (queued === 0 ? <span className="quiet">0</span> : amount(queued)),
  },
];

/** How far the app is behind what it reads. */
function Lag(): ReactElement | null {
  const lag = useQuery(lagQuery);
  if (lag.data === undefined) return lag.isError ? <Failure error={lag.error} onRetry={() => void lag.refetch()} /> : null;
  if (lag.data.items.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="lag">
      <h2 id="lag">Events that are not decided yet: {amount(lag.data.total)}</h2>
      <SmallTable<LagList["items"][number]>
        label="Lag of sources"
        columns={LAG_COLUMNS}
        rows={lag.data.items}
        keyOf={({ topic, partition }) => `${topic}/${partition}`}
      />
    </section>
  );
}

const LAG_COLUMNS: readonly SmallColumn<LagList["items"][number]>[] = [
  { head: "Topic", cell: ({ topic }) => visible(topic) },
  { head: "Partition", align: "end", cell: ({ partition }) => partition },
  { head: "Decided up to", align: "end", cell: ({ position }) => position.toLocaleString("en") },
  { head: "End", align: "end", cell: ({ end }) => end.toLocaleString("en") },
  { head: "Behind", align: "end", cell: ({ lag }) => (lag === 0 ? <span className="quiet">0</span> : <strong>{amount(lag)}</strong>) },
];

function NoneYet(): ReactElement {
  return (
    <Empty title="No functions are deployed">
      <p>A worker that starts with the app&apos;s module deploys the functions that it declares.</p>
      <pre>npx millrace worker app.ts</pre>
    </Empty>
  );
}
