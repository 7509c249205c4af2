// What is known of one step.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { ExecutingStep, ShownRun, ShownStep } from "../../../../server/contract/runs.ts";
import { stepQuery } from "../../api/runs.ts";
import { EventLink } from "../../components/event-link.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Loading, Notice } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { Time, useNow } from "../../components/time.tsx";
import { duration } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import { Attempts } from "./attempts.tsx";
import { ErrorView } from "./error-view.tsx";
import { stepLabel, stepTone } from "./timeline/spans.ts";

const KINDS: Readonly<Record<ShownStep["kind"], string>> = {
  run: "step.run",
  send: "step.send",
  sleep: "step.sleep",
  wait: "step.waitForEvent",
  invoke: "step.invoke",
  iterate: "step.iterate",
};

interface Shown {
  readonly step: ShownStep;
  readonly run: ShownRun;
}

export function StepDetails({ step, run }: Shown): ReactElement {
  const whole = useQuery({ ...stepQuery(run.id, step.key), enabled: run.isCut });
  if (whole.isLoading) return <Loading what="the step" />;
  return (
    <>
      {whole.isError && <Notice tone="warn">What this step has is not shown: it could not be asked for.</Notice>}
      <Details step={whole.data ?? step} run={run} />
    </>
  );
}

/** Of a step that is in no journal yet. */
export function ExecutingDetails({ of: { step, attempt, since } }: { readonly of: ExecutingStep }): ReactElement {
  return (
    <>
      <div className="row">
        <h2 className="breaks">
          <bdi>{visible(stepLabel(step))}</bdi>
        </h2>
        <Status tone={stepTone("executing")}>executing</Status>
      </div>
      <p>
        Attempt {attempt + 1} began <Time at={since} />. What comes of it stands here when it has ended.
      </p>
    </>
  );
}

function Details({ step, run }: Shown): ReactElement {
  const child = run.children.find(({ id }) => id === step.child);
  return (
    <>
      <div className="row">
        <h2 className="breaks">
          <bdi>{visible(stepLabel(step.key))}</bdi>
        </h2>
        <Status tone={stepTone(step.status)}>{step.status}</Status>
      </div>
      <dl className="facts">
        <dt>Kind</dt>
        <dd>
          <code>{KINDS[step.kind]}</code>
        </dd>
        {step.isAdopted && (
          <>
            <dt>Taken over</dt>
            <dd>from the run that this one repeats{step.isEdited ? ", with another output" : ""}: it was not executed again</dd>
          </>
        )}
        {!step.isAdopted && step.beganAt !== null && (
          <>
            <dt>Began</dt>
            <dd>
              <Time at={step.beganAt} />
              {step.endedAt !== null && `, took ${duration(step.endedAt - step.beganAt)}`}
            </dd>
          </>
        )}
        {step.endedAt === null && step.dueAt !== null && <Due at={step.dueAt} status={step.status} />}
        {step.waitsFor !== null && (
          <>
            <dt>Waits for</dt>
            <dd>
              <code>{visible(step.waitsFor.event)}</code>
              {step.waitsFor.match !== null && (
                <>
                  {" "}
                  with <code>{visible(step.waitsFor.match)}</code>
                </>
              )}
            </dd>
          </>
        )}
        {step.event !== null && (
          <>
            <dt>Came</dt>
            <dd>
              <EventLink id={step.event.id}>{step.event.name}</EventLink>
            </dd>
          </>
        )}
        {step.child !== null && (
          <>
            <dt>Child</dt>
            <dd>
              <Link to="/runs/$id" params={{ id: step.child }}>
                {visible(child?.functionId ?? step.child)}
              </Link>
              {child !== undefined && `, ${child.status}`}
            </dd>
          </>
        )}
      </dl>
      {step.error !== null && <ErrorView error={step.error} />}
      {step.event !== null && <JsonView label="Data of the event" text={step.event.data} none="hidden from this token" />}
      {step.output !== null && <JsonView label="Output" text={step.output} />}
      {step.sent.map(({ id, name, data, confirmedAt }, at) => (
        <div key={id ?? at} className="stack">
          <p>
            Sent {id === null ? <code>{visible(name ?? "a record")}</code> : <EventLink id={id}>{name ?? id}</EventLink>}
            {confirmedAt === null ? ", which is not in its topic yet" : ""}
          </p>
          {data !== null && <JsonView label="Data" text={data} />}
        </div>
      ))}
      <Attempts attempts={step.attempts} />
    </>
  );
}

/** By itself, since it is looked at each second, and what a step returned may be long. */
function Due({ at, status }: { readonly at: number; readonly status: string }): ReactElement {
  const now = useNow();
  return (
    <>
      <dt>{at > now ? (DUE[status] ?? "Due") : "Was due"}</dt>
      <dd>
        <Time at={at} />
      </dd>
    </>
  );
}

const DUE: Readonly<Record<string, string>> = { retrying: "Tries again", sleeping: "Wakes", waiting: "Gives up", invoking: "Gives up" };
