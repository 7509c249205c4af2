// One dead letter: what it is, why it was set aside, and what can be done with it.
import { useQuery } from "@tanstack/react-query";
import { createRoute, Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";

import type { DeadLetter } from "../../../../server/contract/dead-letters.ts";
import { useMay } from "../../api/app.ts";
import { deadLetterQuery, type DeadLetterAction } from "../../api/dead-letters.ts";
import { Button } from "../../components/button.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Page } from "../../components/page.tsx";
import { SmallTable } from "../../components/small-table.tsx";
import { Failure, Loading, Notice } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { Time } from "../../components/time.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { visible } from "../../text/visible.ts";
import { ActOnSome } from "./act-on-some.tsx";
import { DEAD_LETTER_KINDS_SHOWN, DEAD_LETTER_TONES } from "./words.ts";

export const deadLetterRoute = createRoute({ getParentRoute: () => rootRoute, path: "/dead-letters/$id", component: DeadLetterPage });

function DeadLetterPage(): ReactElement {
  const { id } = deadLetterRoute.useParams();
  const letter = useQuery(deadLetterQuery(id));
  if (letter.data !== undefined) return <Shown letter={letter.data} />;
  return (
    <Page title="Dead letter" crumbs={<Link to="/dead-letters">Dead letters</Link>}>
      {letter.isPending ? <Loading what="the dead letter" /> : <Failure error={letter.error} onRetry={() => void letter.refetch()} />}
    </Page>
  );
}

function Shown({ letter }: { readonly letter: DeadLetter }): ReactElement {
  const mayOperate = useMay("operate");
  const [asked, setAsked] = useState<DeadLetterAction | null>(null);
  const { id, code, state, reason, headers } = letter;
  const given = Object.entries(headers);
  return (
    <Page
      title={code}
      aside={<Status tone={DEAD_LETTER_TONES[state]}>{state}</Status>}
      crumbs={<Link to="/dead-letters">Dead letters</Link>}
      actions={
        mayOperate &&
        state === "open" && (
          <>
            <Button look="primary" icon="rerun" disabled={!letter.canRetry} onClick={() => setAsked("retry")}>
              Retry
            </Button>
            <Button look="danger" onClick={() => setAsked("discard")}>
              Discard
            </Button>
          </>
        )
      }
    >
      <Notice tone={state === "open" ? "bad" : "calm"}>{visible(reason)}</Notice>
      <Facts letter={letter} />
      <Value letter={letter} />
      {given.length > 0 && (
        <section className="stack" aria-labelledby="headers">
          <h2 id="headers">Headers</h2>
          <SmallTable
            label="Headers"
            columns={[
              { head: "Name", cell: ([name]) => <code>{visible(name)}</code> },
              { head: "Value", cell: ([, value]) => <span className="breaks">{visible(value)}</span> },
            ]}
            rows={given}
            keyOf={([name]) => name}
          />
        </section>
      )}
      {asked !== null && <ActOnSome action={asked} ids={[id]} onClose={() => setAsked(null)} onDone={() => setAsked(null)} />}
    </Page>
  );
}

function Facts({ letter }: { readonly letter: DeadLetter }): ReactElement {
  const { id, kind, at, source, run, consumer, retry, resolution, state } = letter;
  return (
    <section className="card" aria-label="Facts">
      <dl className="facts">
        <dt>What</dt>
        <dd>{consumer === null ? DEAD_LETTER_KINDS_SHOWN[kind] : `event of consumer ${visible(consumer)}`}</dd>
        <dt>Set aside</dt>
        <dd>
          <Time at={at} />
        </dd>
        {source !== null && (
          <>
            <dt>Came from</dt>
            <dd>
              <code>
                {visible(source.topic)}/{source.partition}/{source.offset}
              </code>
            </dd>
          </>
        )}
        {run !== null && (
          <>
            <dt>Run</dt>
            <dd>
              <Link to="/runs/$id" params={{ id: run }}>
                {run}
              </Link>
            </dd>
          </>
        )}
        {state === "open" && (
          <>
            <dt>A retry</dt>
            <dd>{visible(retry)}</dd>
          </>
        )}
        {resolution !== null && (
          <>
            <dt>{state === "retried" ? "Retried" : "Discarded"}</dt>
            <dd>
              <Time at={resolution.at} /> by {visible(resolution.actor)}
            </dd>
          </>
        )}
        <dt>Id</dt>
        <dd>
          <code>{visible(id)}</code>{" "}
          <Link to="/audit" search={{ target: id }}>
            what was done about it
          </Link>
        </dd>
      </dl>
    </section>
  );
}

function Value({ letter: { kind, key, value, valueBase64 } }: { readonly letter: DeadLetter }): ReactElement | null {
  const maySee = useMay("payloads");
  if (!maySee) return <p className="quiet">Your token may not see payloads.</p>;
  if (kind === "run") return null;
  return (
    <>
      {key !== null && <JsonView label="Key" text={key} />}
      {value === null && valueBase64 !== null ? (
        <JsonView label="Value, in base64: it is no text" text={valueBase64} />
      ) : (
        <JsonView label="Value" text={value} />
      )}
    </>
  );
}
