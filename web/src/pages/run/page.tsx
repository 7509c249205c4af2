// One run: what it did, what it waits for, and what can be done with it.
import "./page.css";

import { useQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ReactElement } from "react";

import type { ShownRun } from "../../../../server/contract/runs.ts";
import { useMay } from "../../api/app.ts";
import { isNotThereYet, runQuery } from "../../api/runs.ts";
import { Button } from "../../components/button.tsx";
import { Page } from "../../components/page.tsx";
import { Failure, Loading } from "../../components/states.tsx";
import { RunStatusBadge } from "../../components/status.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { visible } from "../../text/visible.ts";
import { RunActions } from "./actions/run-actions.tsx";
import { ErrorView } from "./error-view.tsx";
import { CausesAndEffects } from "./graph/graph.tsx";
import { Holdups } from "./holdups.tsx";
import { Logs } from "./logs.tsx";
import { RunDetails } from "./run-details.tsx";
import { RunFacts } from "./run-facts.tsx";
import { readRunSearch } from "./search.ts";
import { ExecutingDetails, StepDetails } from "./step-details.tsx";
import { Waterfall } from "./timeline/waterfall.tsx";

export const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$id",
  validateSearch: readRunSearch,
  component: RunPage,
});

function RunPage(): ReactElement {
  const { id } = runRoute.useParams();
  const run = useQuery(runQuery(id));
  if (run.data !== undefined) return <Shown key={id} run={run.data} />;
  return (
    <Page title="Run" crumbs={<Link to="/runs">Runs</Link>}>
      {run.isError && <Failure error={run.error} onRetry={() => void run.refetch()} />}
      {run.isPending && isNotThereYet(id, run.failureReason) && (
        <p className="quiet" role="status">
          It is not there yet: the history of runs hears of a run a moment after it began. This page goes on by itself.
        </p>
      )}
      {run.isPending && <Loading what="the run" rows={8} />}
    </Page>
  );
}

const VIEWS = [
  { value: "timeline", label: "Timeline" },
  { value: "graph", label: "Causes and effects" },
  { value: "logs", label: "Logs" },
];

function Shown({ run }: { readonly run: ShownRun }): ReactElement {
  const { view = "timeline", step } = runRoute.useSearch();
  const navigate = useNavigate();
  const [rerunFrom, setRerunFrom] = useState<string | null | undefined>(undefined);
  return (
    <Page
      title={run.functionId}
      aside={<RunStatusBadge status={run.status} />}
      crumbs={
        <>
          <Link to="/runs">Runs</Link> /{" "}
          <Link to="/runs" search={{ function: run.functionId }}>
            <bdi>{visible(run.functionId)}</bdi>
          </Link>
        </>
      }
      actions={<RunActions run={run} rerunFrom={rerunFrom} onRerun={setRerunFrom} />}
    >
      <RunFacts run={run} />
      <Holdups holdups={run.holdups} />
      {run.error !== null && <ErrorView error={run.error} />}
      {run.error === null && run.reason !== null && run.holdups.every(({ message }) => message !== run.reason) && (
        <p className="breaks">{visible(run.reason)}</p>
      )}
      <Tabs
        label="Views of the run"
        tabs={VIEWS}
        value={VIEWS.some(({ value }) => value === view) ? view : "timeline"}
        onChange={(next) =>
          void navigate({
            to: "/runs/$id",
            params: { id: run.id },
            search: { view: next === "timeline" ? undefined : next, step },
            replace: true,
            resetScroll: false,
          })
        }
      >
        {view === "graph" ? (
          <CausesAndEffects run={run.id} />
        ) : view === "logs" ? (
          <Logs run={run} />
        ) : (
          <TimelineView run={run} onRerun={setRerunFrom} />
        )}
      </Tabs>
    </Page>
  );
}

function TimelineView({ run, onRerun }: { readonly run: ShownRun; readonly onRerun: (from: string) => void }): ReactElement {
  const { step: key } = runRoute.useSearch();
  const mayOperate = useMay("operate");
  const navigate = useNavigate();
  const details = useRef<HTMLElement>(null);
  const isChosen = useRef(false);
  const step = run.steps.find((each) => each.key === key);
  const executing = step === undefined ? run.executing?.find((each) => each.step === key) : undefined;
  // On a narrow screen they are below the timeline, where who presses a step would not see that anything came of it.
  useEffect(() => {
    if (isChosen.current && matchMedia("(max-width: 1060px)").matches) details.current?.scrollIntoView({ block: "nearest" });
    isChosen.current = false;
  }, [key]);
  return (
    <div className="run-columns">
      <Waterfall
        run={run}
        selected={step?.key ?? executing?.step ?? null}
        onSelect={(next) => {
          isChosen.current = true;
          void navigate({
            to: "/runs/$id",
            params: { id: run.id },
            search: { step: next ?? undefined },
            replace: true,
            resetScroll: false,
          });
        }}
      />
      <section className="card stack run-details" aria-label="Details" ref={details}>
        {executing !== undefined && <ExecutingDetails of={executing} />}
        {step !== undefined && <StepDetails key={step.key} step={step} run={run} />}
        {step === undefined && executing === undefined && <RunDetails run={run} />}
        {step !== undefined && mayOperate && (
          <div>
            <Button icon="rerun" onClick={() => onRerun(step.key)}>
              Re-run from here
            </Button>
          </div>
        )}
      </section>
    </div>
  );
}
