// Sends an event, and shows what comes of it.
import { useQuery } from "@tanstack/react-query";
import { createRoute, useNavigate } from "@tanstack/react-router";
import { useId, useMemo, useRef, useState, type SubmitEvent, type ReactElement } from "react";

import type { EventToSend, EventType, SentEvents } from "../../../../server/contract/events.ts";
import { useApp, useMay } from "../../api/app.ts";
import { eventQuery, eventTypesQuery, sendEvent } from "../../api/events.ts";
import { ApiProblem } from "../../api/problem.ts";
import { onLogOut } from "../../api/session.ts";
import { useTyped } from "../../api/typed.ts";
import { Button } from "../../components/button.tsx";
import { Field, Input } from "../../components/filter-bar.tsx";
import { Page } from "../../components/page.tsx";
import { Loading, messageOf, Notice } from "../../components/states.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { visible } from "../../text/visible.ts";
import { searchOf } from "../../url.ts";
import { DataEditor, dataOf, dataSchemaOf, firstData } from "./data-editor.tsx";
import { SentEvent } from "./sent-event.tsx";
import { Unanswered, type NamedEvent } from "./unanswered.ts";

/** For as long as the page is there, whichever form it shows: who comes back to send it again has another. */
const unanswered = new Unanswered();
onLogOut(() => unanswered.forget());

export const sendRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/send",
  /** `like`: the event whose data it begins with. */
  validateSearch: searchOf("name", "like"),
  component: SendPage,
});

function SendPage(): ReactElement {
  const { name, like } = sendRoute.useSearch();
  const maySend = useMay("send");
  const types = useQuery(eventTypesQuery);
  const model = useQuery({ ...eventQuery(like ?? ""), enabled: like !== undefined });
  if (types.isPending || (like !== undefined && model.isPending)) {
    return (
      <Page title="Send an event">
        <Loading what="what events there are" />
      </Page>
    );
  }
  return (
    <Page title="Send an event">
      {!maySend && <Notice tone="warn">Your token may not send events: it lacks the scope &quot;send&quot;.</Notice>}
      {types.isError && <Notice tone="warn">What events there are could not be asked for: {visible(messageOf(types.error))}</Notice>}
      {model.isError && <Notice tone="warn">The event to begin with could not be read: {visible(messageOf(model.error))}</Notice>}
      <Sending types={types.data ?? []} name={name ?? ""} begin={model.data?.data ?? null} maySend={maySend} />
    </Page>
  );
}

function Sending(props: {
  readonly types: readonly EventType[];
  readonly name: string;
  readonly begin: string | null;
  readonly maySend: boolean;
}): ReactElement {
  const { types, name, begin, maySend } = props;
  const navigate = useNavigate();
  const [sent, setSent] = useState<readonly Sent[]>([]);
  const [typed, setTyped] = useTyped("name of an event", () => name || firstName(types));
  const known = types.find((each) => each.name === typed);
  /** When it was typed. One that becomes known since, because it was just sent, does not change the form under somebody's hands. */
  const [wasKnown, setWasKnown] = useState(known !== undefined);
  const type = wasKnown ? known : undefined;
  const list = useId();
  return (
    <div className="send-columns">
      <div className="card stack">
        <Field label="Name of the event" {...(typed !== "" && { hint: startsWords(known) })}>
          <Input
            list={list}
            value={typed}
            maxLength={200}
            required
            onChange={({ target }) => {
              const isKnown = types.some((each) => each.name === target.value);
              setTyped(target.value);
              setWasKnown(isKnown);
              if (isKnown) {
                void navigate({ to: "/send", search: { name: target.value }, replace: true });
              }
            }}
          />
        </Field>
        <datalist id={list}>
          {types.map((each) => (
            <option key={each.name} value={each.name} />
          ))}
        </datalist>
        {/* Another event, or another schema of it, has another form; what was typed into this one is of no use there. */}
        <EventForm
          key={`${type?.name ?? ""} ${type?.avro ?? ""}`}
          name={typed}
          type={type}
          begin={typed === name ? begin : null}
          maySend={maySend}
          onSent={(more) => setSent((before) => [...more, ...before])}
        />
      </div>
      <section className="stack" aria-label="What came of it" aria-live="polite" tabIndex={0}>
        {sent.length === 0 && <p className="quiet">What comes of the event appears here.</p>}
        {sent.map(({ id, origin, place }) => (
          <SentEvent key={origin} id={id} place={place} />
        ))}
      </section>
    </div>
  );
}

interface Sent {
  readonly id: string;
  readonly origin: string;
  /** How it is asked for. */
  readonly place: string;
}

/** Of two with one id the first counts, wherever it stands. */
function sentOf({ events }: SentEvents, { isAgain }: NamedEvent): readonly Sent[] {
  return events.map(({ id, topic, partition, offset }) => {
    const origin = `${topic}/${partition}/${offset}`;
    return { id, origin, place: isAgain ? id : origin };
  });
}

function EventForm(props: {
  readonly name: string;
  readonly type: EventType | undefined;
  readonly begin: string | null;
  readonly maySend: boolean;
  readonly onSent: (sent: readonly Sent[]) => void;
}): ReactElement {
  const { name, type, begin, maySend, onSent } = props;
  const { actor } = useApp();
  const [schema] = useState(() => dataSchemaOf(type?.avro ?? null));
  const example = begin ?? type?.example ?? null;
  const [edited, setEdited] = useTyped(`data of ${name}`, () => firstData(schema, example));
  const [envelope, setEnvelope] = useTyped(`envelope of ${name}`, () => ({ key: "", subject: "", id: "", time: "" }));
  const [wasTried, setWasTried] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);
  const { value, problems } = useMemo(() => dataOf(schema, edited), [schema, edited]);

  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setWasTried(true);
    setError(null);
    if (problems.length > 0) {
      // Problems are shown from now on: they have to be in the page before one can be gone to.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    setIsBusy(true);
    const named = unanswered.name(actor, eventOf(name, value, envelope));
    try {
      onSent(sentOf(await sendEvent(named.event), named));
      unanswered.answered(named);
      setWasTried(false);
    } catch (thrown) {
      if (!isInDoubt(thrown)) unanswered.refused(named);
      setError(thrown);
    } finally {
      setIsBusy(false);
    }
  };

  return (
    <form ref={form} className="stack" noValidate onSubmit={(event) => void send(event)}>
      <DataEditor schema={schema} edited={edited} onChange={setEdited} problems={wasTried ? problems : []} />
      {example !== null && (
        <div className="row">
          <span className="quiet">
            {begin === null ? "Filled with data of the latest event of this name." : "Filled with data of another event."}
          </span>
          <Button isSmall onClick={() => setEdited({ ...firstData(schema, null), mode: edited.mode })}>
            Empty it
          </Button>
          <Button isSmall onClick={() => setEdited({ ...firstData(schema, example), mode: edited.mode })}>
            Fill it again
          </Button>
        </div>
      )}
      <details>
        <summary>Key, subject, id and time</summary>
        <div className="form-fields">
          <Field label="Key" hint="Events of one key stay in order.">
            <Input value={envelope.key} maxLength={1_000} onChange={({ target }) => setEnvelope({ ...envelope, key: target.value })} />
          </Field>
          <Field label="Subject" hint="Whom it is about, in an app that can erase: what it says is sealed for them.">
            <Input
              value={envelope.subject}
              maxLength={512}
              onChange={({ target }) => setEnvelope({ ...envelope, subject: target.value })}
            />
          </Field>
          <Field label="Id" hint="An id counts once in 24 hours.">
            <Input value={envelope.id} maxLength={200} onChange={({ target }) => setEnvelope({ ...envelope, id: target.value })} />
          </Field>
          <Field label="Time" hint="Such as 2026-11-22T09:30:00Z. Empty: now.">
            <Input value={envelope.time} onChange={({ target }) => setEnvelope({ ...envelope, time: target.value })} />
          </Field>
        </div>
      </details>
      {wasTried && problems.length > 0 && (
        <div role="alert">
          <Notice tone="bad">
            {problems.length === 1 ? "One place does not fit" : `${problems.length} places do not fit`}. Nothing was sent.
          </Notice>
        </div>
      )}
      {error !== null && (
        <div role="alert">
          <Notice tone="bad">
            {isInDoubt(error)
              ? `${whyInDoubt(error)} It may have been sent all the same: sent again as it is, it counts once.`
              : visible(messageOf(error))}
          </Notice>
        </div>
      )}
      <div className="row">
        <Button type="submit" look="primary" icon="send" disabled={!maySend || isBusy || name === ""}>
          {isBusy ? "Sending…" : "Send"}
        </Button>
      </div>
    </form>
  );
}

function isInDoubt(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && error.isInDoubt;
}

/** What the engine says to those who send without an id is not for who has given it one. */
function whyInDoubt({ status, message }: ApiProblem): string {
  return status === 0 ? message : "The server could not tell whether the log has taken it.";
}

function eventOf(
  name: string,
  data: unknown,
  { key, subject, id, time }: Readonly<Record<"key" | "subject" | "id" | "time", string>>,
): EventToSend {
  return {
    name,
    data,
    ...(key !== "" && { key }),
    ...(subject !== "" && { subject }),
    ...(id !== "" && { id }),
    ...(time !== "" && { time }),
  };
}

/** What somebody who tries it out sends first: an event that starts something. */
function firstName(types: readonly EventType[]): string {
  return (types.find(({ functions }) => functions.length > 0) ?? types[0])?.name ?? "";
}

function startsWords(type: EventType | undefined): string {
  if (type === undefined) return "No function is triggered by this name, and no event had it before: is it right?";
  const { functions } = type;
  return functions.length === 0 ? "No function is triggered by it; a run may wait for it." : `Triggers ${visible(functions.join(", "))}.`;
}
