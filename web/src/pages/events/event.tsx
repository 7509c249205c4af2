// One event: what it says, where it came from, and what came of it.
import "./event.css";

import { useQuery } from "@tanstack/react-query";
import { createRoute, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { ShownEvent } from "../../../../server/contract/events.ts";
import { useMay } from "../../api/app.ts";
import { eventLineageQuery, eventQuery } from "../../api/events.ts";
import { buttonClass } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Page } from "../../components/page.tsx";
import { Failure, Loading } from "../../components/states.tsx";
import { Status, toneOf } from "../../components/status.tsx";
import { Time } from "../../components/time.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import { LineageView } from "../run/graph/graph.tsx";

export const eventRoute = createRoute({ getParentRoute: () => rootRoute, path: "/events/$id", component: EventPage });

function EventPage(): ReactElement {
  const { id } = eventRoute.useParams();
  const event = useQuery({ ...eventQuery(id), refetchInterval: ({ state }) => (isMoving(state.data) ? 2_000 : false) });
  if (event.data !== undefined) return <Shown event={event.data} />;
  return (
    <Page title="Event" crumbs={<Link to="/events">Events</Link>}>
      {event.isPending ? <Loading what="the event" /> : <Failure error={event.error} onRetry={() => void event.refetch()} />}
    </Page>
  );
}

/** As many as the server tells of. */
const MOST_LISTED = 1_000;

function Shown({ event }: { readonly event: ShownEvent }): ReactElement {
  const maySend = useMay("send");
  return (
    <Page
      title={event.name}
      crumbs={<Link to="/events">Events</Link>}
      actions={
        maySend && (
          <Link to="/send" search={{ name: event.name, like: event.origin }} className={buttonClass()}>
            Send one like this
          </Link>
        )
      }
    >
      <div className="event-columns">
        <div className="stack">
          <JsonView label="Data" text={event.data} none="your token may not see payloads" />
          <Runs event={event} />
        </div>
        <Facts event={event} />
      </div>
      {hasEffects(event) && <CausesAndEffects origin={event.origin} />}
    </Page>
  );
}

function Facts({ event }: { readonly event: ShownEvent }): ReactElement {
  const { id, key, origin, time, appendedAt, schema, sentBy, corrects } = event;
  return (
    <section className="card stack" aria-label="Facts">
      <h2>Where it is from</h2>
      <dl className="facts">
        <dt>Id</dt>
        <dd>
          <code>{visible(id)}</code> <CopyButton text={id} label="Copy the id" />
        </dd>
        <dt>Key</dt>
        <dd>{key === null ? <span className="quiet">none</span> : <bdi>{visible(key)}</bdi>}</dd>
        <dt>Time</dt>
        <dd>
          <Time at={time} />
        </dd>
        <dt>In the log</dt>
        <dd>
          <Time at={appendedAt} />
        </dd>
        <dt>Stands at</dt>
        <dd>
          <code>{visible(origin)}</code>
        </dd>
        <dt>Schema</dt>
        <dd>{schema === null ? <span className="quiet">none that is known: it is JSON</span> : schemaWords(schema)}</dd>
        <dt>Sent by</dt>
        <dd>
          {sentBy === null ? (
            <span className="quiet">somebody outside of the app</span>
          ) : (
            <>
              <Link to="/runs/$id" params={{ id: sentBy.run }}>
                run {sentBy.run}
              </Link>
              {sentBy.step !== null && <>, step {visible(sentBy.step)}</>}
            </>
          )}
        </dd>
        {corrects !== null && (
          <>
            <dt>Corrects</dt>
            <dd>
              <Link to="/events/$id" params={{ id: corrects }}>
                {visible(corrects)}
              </Link>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Runs({ event: { startedRuns, awaitedBy } }: { readonly event: ShownEvent }): ReactElement {
  return (
    <section className="card stack" aria-label="What came of it">
      <h2>What came of it</h2>
      {startedRuns.length === 0 && (
        <p className="quiet">It has started no run: no function is triggered by it, it was skipped, or nobody has decided about it yet.</p>
      )}
      {startedRuns.length > 0 && (
        <ul className="event-runs">
          {startedRuns.map(({ id, functionId, status }) => (
            <li key={id}>
              <Status tone={toneOf(status)}>{status}</Status>
              <Link to="/runs/$id" params={{ id }}>
                {visible(functionId)}
              </Link>
              <code className="quiet clip">{id}</code>
            </li>
          ))}
        </ul>
      )}
      {awaitedBy.length > 0 && (
        <>
          <h3>Runs that waited for it</h3>
          <ul className="event-runs">
            {awaitedBy.map(({ id, functionId, step }) => (
              <li key={`${id} ${step}`}>
                <Link to="/runs/$id" params={{ id }} search={{ step }}>
                  {visible(functionId)}
                </Link>
                <span>step {visible(step)}</span>
                <code className="quiet clip">{id}</code>
              </li>
            ))}
          </ul>
          {awaitedBy.length >= MOST_LISTED && <p className="quiet">These are the first {amount(awaitedBy.length)}: there may be more.</p>}
        </>
      )}
    </section>
  );
}

function CausesAndEffects({ origin }: { readonly origin: string }): ReactElement {
  const lineage = useQuery(eventLineageQuery(origin));
  return (
    <div className="stack">
      <h2>Causes and effects</h2>
      {lineage.isPending && <Loading what="causes and effects" />}
      {lineage.data === undefined && lineage.isError && <Failure error={lineage.error} onRetry={() => void lineage.refetch()} />}
      {lineage.data !== undefined && <LineageView lineage={lineage.data} />}
    </div>
  );
}

function hasEffects({ startedRuns, awaitedBy, sentBy }: ShownEvent): boolean {
  return startedRuns.length > 0 || awaitedBy.length > 0 || sentBy !== null;
}

function schemaWords({ id, name, version }: NonNullable<ShownEvent["schema"]>): string {
  const parts = [version === null ? null : `version ${version}`, id === null ? null : `id ${id}`].filter((part) => part !== null);
  return `${visible(name)}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`;
}

/** Runs of it that are not over change without the event being told of. */
function isMoving(event: ShownEvent | undefined): boolean {
  return event?.startedRuns.some(({ status }) => ["queued", "held", "running", "retrying"].includes(status)) ?? false;
}
