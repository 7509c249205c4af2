// One dry run: how far it is, what it found, and having that repaired.
import "./replays.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";

import type { Difference, Replay } from "../../../../server/contract/replays.ts";
import { useMay } from "../../api/app.ts";
import { differencesQuery, replayQuery } from "../../api/replays.ts";
import { Button, buttonClass } from "../../components/button.tsx";
import { Chips } from "../../components/filter-bar.tsx";
import { FollowedOperation, OperationStatus, ShownOperation } from "../../components/operation.tsx";
import { Page } from "../../components/page.tsx";
import { Failure, Loading, messageOf, Notice } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount, exactTime } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import { searchOf } from "../../url.ts";
import { ApplyReplay } from "./apply.tsx";
import { SideBySide } from "./side-by-side.tsx";
import { countsInOrder, verdictOf } from "./verdicts.ts";

export const replayRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/replays/$id",
  validateSearch: searchOf("verdict"),
  component: ReplayPage,
});

function ReplayPage(): ReactElement {
  const { id } = replayRoute.useParams();
  const replay = useQuery(replayQuery(id));
  if (replay.data !== undefined) return <Shown replay={replay.data} />;
  return (
    <Page title="Dry run" crumbs={<Link to="/replays">Replays</Link>}>
      {replay.isPending ? <Loading what="the dry run" /> : <Failure error={replay.error} onRetry={() => void replay.refetch()} />}
    </Page>
  );
}

function Shown({ replay }: { readonly replay: Replay }): ReactElement {
  const { operation, counts, affected, total, missing, applied } = replay;
  const { verdict } = replayRoute.useSearch();
  const navigate = useNavigate();
  const mayOperate = useMay("operate");
  const [isApplying, setIsApplying] = useState(false);
  const choose = (to: string | undefined): void =>
    void navigate({ to: "/replays/$id", params: { id: operation.id }, search: to === undefined ? {} : { verdict: to }, replace: true });
  return (
    <Page
      title={`Dry run of ${replay.function}`}
      aside={<OperationStatus state={operation.state} />}
      crumbs={<Link to="/replays">Replays</Link>}
      actions={
        <>
          <Link to="/replays" search={{ function: replay.function }} className={buttonClass()}>
            Another one
          </Link>
          {mayOperate && counts !== null && (
            <Button look="primary" icon="rerun" disabled={affected === 0} onClick={() => setIsApplying(true)}>
              Re-run those affected
            </Button>
          )}
        </>
      }
    >
      <Request request={replay.request} />
      {operation.state !== "done" && <ShownOperation operation={operation} />}
      {missing.map((words) => (
        <Notice key={words} tone="warn">
          {visible(words)}
        </Notice>
      ))}
      {applied.length > 0 && (
        <section className="stack" aria-label="Re-runs">
          <h2>Re-runs</h2>
          {applied.map((id) => (
            <FollowedOperation key={id} id={id} />
          ))}
          <p>
            <Link to="/runs" search={{ function: replay.function }}>
              Runs of {visible(replay.function)}
            </Link>{" "}
            has the new ones on top; each links the run that it repeats.
          </p>
        </section>
      )}
      {counts !== null && (
        <section className="stack" aria-labelledby="found">
          <h2 id="found">
            {affected === 0
              ? "No run would be another"
              : `${amount(affected ?? 0)} of ${amount(total ?? 0)} ${total === 1 ? "run is" : "runs are"} affected`}
          </h2>
          <Chips
            label="Verdicts"
            choices={countsInOrder(counts).map(([value, count]) => ({ value, ...verdictOf(value), count }))}
            chosen={verdict === undefined ? [] : [verdict]}
            onChange={(chosen) => choose(chosen.find((each) => each !== verdict))}
          />
          <Differences id={operation.id} verdict={verdict} />
        </section>
      )}
      {isApplying && <ApplyReplay replay={replay} onClose={() => setIsApplying(false)} />}
    </Page>
  );
}

function Request({ request: { since, until, where, recompute } }: { readonly request: Replay["request"] }): ReactElement {
  const span = since === undefined ? "all that the journals have" : `since ${exactTime(since)}`;
  return (
    <p className="quiet breaks">
      Runs: {span}
      {until !== undefined && `, until ${exactTime(until)}`}
      {where !== undefined && (
        <>
          , where <code>{visible(where)}</code>
        </>
      )}
      {recompute.length > 0 && `, computing again: ${visible(recompute.join(", "))}`}
    </p>
  );
}

function Differences({ id, verdict }: { readonly id: string; readonly verdict: string | undefined }): ReactElement {
  const differences = useInfiniteQuery(differencesQuery(id, verdict));
  const items = differences.data?.pages.flatMap((page) => page.items) ?? [];
  if (differences.isPending) return <Loading what="differences" />;
  if (differences.data === undefined) return <Failure error={differences.error} onRetry={() => void differences.refetch()} />;
  if (items.length === 0) {
    return (
      <p className="quiet">{verdict === "same" ? "Runs that are the same are counted, and not listed." : "There is nothing to list."}</p>
    );
  }
  return (
    <div className="stack">
      {items.map((difference) => (
        <ShownDifference key={difference.run} difference={difference} />
      ))}
      {differences.hasNextPage && (
        <div className="row">
          {differences.isFetchNextPageError && !differences.isFetchingNextPage && (
            <div role="alert">
              <Notice tone="bad">What comes next could not be read: {visible(messageOf(differences.error))}</Notice>
            </div>
          )}
          <Button disabled={differences.isFetchingNextPage} onClick={() => void differences.fetchNextPage()}>
            {differences.isFetchingNextPage ? "Loading more…" : differences.isFetchNextPageError ? "Try again" : "More"}
          </Button>
        </div>
      )}
    </div>
  );
}

function ShownDifference({ difference: { run, verdict, step, detail, was, is } }: { readonly difference: Difference }): ReactElement {
  const { label, tone } = verdictOf(verdict);
  return (
    <article className="difference stack" aria-label={`Run ${run}`}>
      <div className="row">
        <Status tone={tone}>{label}</Status>
        <Link to="/runs/$id" params={{ id: run }} {...(step !== null && { search: { step } })}>
          {run}
        </Link>
        <span className="breaks">{visible(detail)}</span>
      </div>
      {(was !== null || is !== null) && <SideBySide was={was} is={is} />}
    </article>
  );
}
