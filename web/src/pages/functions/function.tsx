// One function: what starts it, what holds its runs back, how it fares, and its latest runs.
import "../../components/lists.css";
import "./functions.css";

import { useQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { ListedFunction } from "../../../../server/contract/functions.ts";
import type { ListedRun } from "../../../../server/contract/runs.ts";
import { useMay } from "../../api/app.ts";
import { functionQuery } from "../../api/functions.ts";
import { someRunsQuery } from "../../api/runs.ts";
import { buttonClass } from "../../components/button.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Page } from "../../components/page.tsx";
import { Failure, Loading, Notice } from "../../components/states.tsx";
import { RUN_STATUSES, RunStatusBadge } from "../../components/status.tsx";
import { Table } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount, duration } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import { RUN_COLUMNS } from "../runs/columns.tsx";
import { flowInWords } from "./flow-words.ts";
import { PauseButton } from "./pause.tsx";
import { Paused, Rates } from "./rates.tsx";

export const functionRoute = createRoute({ getParentRoute: () => rootRoute, path: "/functions/$id", component: FunctionPage });

const RUNS_SHOWN = 20;

function FunctionPage(): ReactElement {
  const { id } = functionRoute.useParams();
  const one = useQuery(functionQuery(id));
  if (one.data !== undefined) return <Shown of={one.data} />;
  return (
    <Page title={id} crumbs={<Link to="/functions">Functions</Link>}>
      {one.isPending ? <Loading what="the function" /> : <Failure error={one.error} onRetry={() => void one.refetch()} />}
    </Page>
  );
}

function Shown({ of }: { readonly of: ListedFunction }): ReactElement {
  const mayOperate = useMay("operate");
  return (
    <Page
      title={of.id}
      aside={<Paused how={of.paused} />}
      crumbs={<Link to="/functions">Functions</Link>}
      actions={
        <>
          {mayOperate && (
            <Link to="/replays" search={{ function: of.id }} className={buttonClass()}>
              Dry run
            </Link>
          )}
          <PauseButton of={of} />
        </>
      }
    >
      {of.lastFailure !== null && (
        <Notice tone="bad">
          Last failed <Time at={of.lastFailure.at} />, in{" "}
          <Link to="/runs/$id" params={{ id: of.lastFailure.run }}>
            run {of.lastFailure.run}
          </Link>
          : {visible(of.lastFailure.message.slice(0, 500))}
        </Notice>
      )}
      <div className="function-columns">
        <section className="card stack" aria-label="Triggers and limits">
          <h2>What starts it</h2>
          <ul className="plain-list">
            {of.triggers.map((trigger) => (
              <li key={JSON.stringify(trigger)}>
                <Trigger trigger={trigger} />
              </li>
            ))}
            {of.triggers.length === 0 && <li className="quiet">Nothing but other functions: it is invoked.</li>}
          </ul>
          <h2>What holds its runs back</h2>
          <Flow flow={of.flow} />
        </section>
        <section className="card stack" aria-label="How it fares">
          <h2>The last {of.rates.minutes} minutes</h2>
          <Rates rates={of.rates} />
          <dl className="facts">
            <dt>Took</dt>
            <dd>
              {of.latency === null ? (
                <span className="quiet">none completed</span>
              ) : (
                `${duration(of.latency.p50)} (p50), ${duration(of.latency.p95)} (p95), ${duration(of.latency.p99)} (p99)`
              )}
            </dd>
            <dt>Queued</dt>
            <dd>
              {of.queued === 0 ? (
                <span className="quiet">none</span>
              ) : (
                `${amount(of.queued)} ${of.queued === 1 ? "waits" : "wait"} to start`
              )}
            </dd>
          </dl>
          <h2>All runs of the history</h2>
          <ul className="chips">
            {RUN_STATUSES.filter((status) => (of.counts[status] ?? 0) > 0).map((status) => (
              <li key={status} className="row">
                <Link to="/runs" search={{ function: of.id, status }}>
                  <RunStatusBadge status={status} />
                </Link>
                {amount(of.counts[status] ?? 0)}
              </li>
            ))}
          </ul>
        </section>
      </div>
      <LatestRuns id={of.id} />
    </Page>
  );
}

function Trigger({ trigger: { kind, of, condition } }: { readonly trigger: ListedFunction["triggers"][number] }): ReactElement {
  if (kind === "cron") {
    return (
      <>
        Cron <code>{visible(of)}</code>
      </>
    );
  }
  return (
    <>
      Event{" "}
      {of.endsWith("*") ? (
        <bdi>{visible(of)}</bdi>
      ) : (
        <Link to="/events" search={{ name: of }}>
          {visible(of)}
        </Link>
      )}
      {condition !== null && (
        <>
          {" "}
          if <code className="breaks">{visible(condition)}</code>
        </>
      )}
    </>
  );
}

function Flow({ flow }: { readonly flow: string | null }): ReactElement {
  const words = flow === null ? [] : flowInWords(flow);
  if (flow === null) return <p className="quiet">Nothing: a run starts as soon as its event is decided.</p>;
  return (
    <>
      <ul className="plain-list">
        {words.map((sentence) => (
          <li key={sentence} className="breaks">
            {visible(sentence)}
          </li>
        ))}
      </ul>
      <details>
        <summary>As declared</summary>
        <JsonView label="Flow control" text={flow} />
      </details>
    </>
  );
}

function LatestRuns({ id }: { readonly id: string }): ReactElement {
  const runs = useQuery(someRunsQuery({ function: id }, RUNS_SHOWN));
  const navigate = useNavigate();
  return (
    <section className="stack" aria-labelledby="latest-runs">
      <div className="row">
        <h2 id="latest-runs">Latest runs</h2>
        <Link to="/runs" search={{ function: id }}>
          all of them
        </Link>
      </div>
      {runs.isPending && <Loading what="runs" />}
      {runs.data === undefined && runs.isError && <Failure error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.data?.length === 0 && <p className="quiet">It has not run yet.</p>}
      {(runs.data?.length ?? 0) > 0 && (
        <Table<ListedRun>
          label="Latest runs"
          columns={RUN_COLUMNS}
          rows={runs.data ?? []}
          keyOf={(run) => run.id}
          onOpen={(run) => void navigate({ to: "/runs/$id", params: { id: run.id } })}
        />
      )}
    </section>
  );
}
