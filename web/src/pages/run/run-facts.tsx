// Where a run comes from and when it was: a line of facts under its name.
import "./run-facts.css";

import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";

import type { ShownRun } from "../../../../server/contract/runs.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { EventLink } from "../../components/event-link.tsx";
import { Time, useNow } from "../../components/time.tsx";
import { duration } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";

export function RunFacts({ run }: { readonly run: ShownRun }): ReactElement {
  const { queuedAt, startedAt, endedAt } = run;
  const [event] = run.events;
  const came = event ?? run.event;
  return (
    <dl className="run-facts">
      <Fact name="Run">
        <code>{run.id}</code>
        <CopyButton text={run.id} label="Copy the run's id" />
      </Fact>
      {came !== null && (
        <Fact name={run.events.length > 1 ? `${run.events.length} events` : "Event"}>
          <EventLink id={event?.origin ?? came.id}>{came.name}</EventLink>
          {came.key !== null && <span className="quiet">key {visible(came.key)}</span>}
        </Fact>
      )}
      {queuedAt !== null && startedAt === null && (
        <Fact name="Queued">
          <Time at={queuedAt} />
        </Fact>
      )}
      {startedAt !== null && (
        <Fact name="Started">
          <Time at={startedAt} />
        </Fact>
      )}
      {startedAt !== null && (
        <Fact name={endedAt === null ? "Takes" : "Took"}>
          {endedAt === null ? <SoFar since={startedAt} /> : duration(endedAt - startedAt)}
        </Fact>
      )}
      {run.partition !== null && <Fact name="Partition">{run.partition}</Fact>}
      {run.parent !== null && (
        <Fact name="Invoked by">
          <RunLink id={run.parent.run} />
        </Fact>
      )}
      {run.rerunOf !== null && (
        <Fact name="Repeats">
          <RunLink id={run.rerunOf} />
        </Fact>
      )}
      {run.reruns.length > 0 && (
        <Fact name="Repeated by">
          {run.reruns.map((id) => (
            <RunLink key={id} id={id} />
          ))}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function SoFar({ since }: { readonly since: number }): ReactElement {
  return <>{duration(useNow() - since)} so far</>;
}

function RunLink({ id }: { readonly id: string }): ReactElement {
  return (
    <Link to="/runs/$id" params={{ id }}>
      <code>{id}</code>
    </Link>
  );
}
