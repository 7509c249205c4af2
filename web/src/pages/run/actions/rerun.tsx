// A re-run: from the start or from a step on, with other data for the event, and other outputs of steps that are taken over.
import "./rerun.css";

import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";

import type { RerunBody, ShownRun, ShownStep } from "../../../../../server/contract/runs.ts";
import { rerun } from "../../../api/runs.ts";
import { useTyped } from "../../../api/typed.ts";
import { Button } from "../../../components/button.tsx";
import { Confirm } from "../../../components/confirm.tsx";
import { Field } from "../../../components/filter-bar.tsx";
import { Notice } from "../../../components/states.tsx";
import { tellDone } from "../../../components/toast.tsx";
import { indentedJson } from "../../../text/json-text.ts";
import { visible } from "../../../text/visible.ts";
import { stepLabel } from "../timeline/spans.ts";
import { isOver } from "./is-over.ts";
import { jsonProblem, JsonField } from "./json-field.tsx";

interface Props {
  readonly run: ShownRun;
  /** Key of a step; null: the start. */
  readonly from: string | null;
  readonly onClose: () => void;
}

export function RerunDialog({ run, from: given, onClose }: Props): ReactElement {
  const navigate = useNavigate();
  const [from, setFrom] = useState(given ?? "");
  const [data, setData] = useTyped<string | null>(`data of a re-run of ${run.id}`, () => null);
  const [outputs, setOutputs] = useTyped<ReadonlyMap<string, string>>(`outputs of a re-run of ${run.id}`, () => new Map());
  const kept = keptBefore(run.steps, from);
  const edited = kept.filter(({ key }) => outputs.has(key));
  const texts = [...(data === null ? [] : [data]), ...edited.map(({ key }) => outputs.get(key) ?? "")];
  const [event] = run.events;
  const change = (key: string, text: string | null): void => {
    const next = new Map(outputs);
    if (text === null) next.delete(key);
    else next.set(key, text);
    setOutputs(next);
  };

  return (
    <Confirm
      title={`Run ${visible(run.functionId)} again?`}
      action={isOver(run) ? "Start the re-run" : "Cancel this run and start the re-run"}
      isDangerous={!isOver(run)}
      isWide
      isBlocked={texts.some((text) => jsonProblem(text) !== null)}
      onClose={onClose}
      onConfirm={async () => {
        const { id } = await rerun(run.id, { ...bodyOf(from, data, edited, outputs), ...(!isOver(run) && { cancel: true }) });
        tellDone(`Run ${id} repeats this one`);
        await navigate({ to: "/runs/$id", params: { id } });
      }}
    >
      <p>A run of its own with today&apos;s code. Events that it sends with the same content as this run did are not sent twice.</p>
      {!isOver(run) && (
        <Notice tone="warn">This run is not over: it is cancelled by what begins its re-run. What it did stays done.</Notice>
      )}
      <Field label="From" hint="Results of steps before it are taken over; from it on everything is executed again.">
        <select className="input" value={from} onChange={({ target }) => setFrom(target.value)}>
          <option value="">the start</option>
          {run.steps.map(({ key }) => (
            <option key={key} value={key}>
              {visible(stepLabel(key))}
            </option>
          ))}
        </select>
      </Field>
      {run.events.length === 1 && event?.data !== undefined && event.data !== null && (
        <Editable
          title={`Data of ${event.name}`}
          isEdited={data !== null}
          onEdit={() => setData(indentedJson(event.data ?? "null"))}
          onLeave={() => setData(null)}
        >
          {data !== null && <JsonField label={`Data of ${event.name}, as JSON`} value={data} onChange={setData} />}
        </Editable>
      )}
      {kept.length > 0 && (
        <section className="stack" aria-label="Taken over">
          <h3>Taken over</h3>
          {kept.map((step) => (
            <Editable
              key={step.key}
              title={stepLabel(step.key)}
              isEdited={outputs.has(step.key)}
              {...(hasOutput(step) && { onEdit: () => change(step.key, indentedJson(step.output ?? "null")) })}
              onLeave={() => change(step.key, null)}
            >
              {outputs.has(step.key) && (
                <JsonField
                  label={`Output of ${stepLabel(step.key)}, as JSON`}
                  value={outputs.get(step.key) ?? ""}
                  onChange={(text) => change(step.key, text)}
                />
              )}
            </Editable>
          ))}
        </section>
      )}
    </Confirm>
  );
}

function Editable(of: {
  readonly title: string;
  readonly isEdited: boolean;
  /** Absent: it cannot be edited. */
  readonly onEdit?: () => void;
  readonly onLeave: () => void;
  readonly children: ReactElement | false | null;
}): ReactElement {
  const title = visible(of.title);
  return (
    <div className="editable">
      <div className="row">
        <bdi className="clip">{title}</bdi>
        <span className="quiet">{of.isEdited ? "changed" : "as it was"}</span>
        <span className="push">
          {of.isEdited ? (
            <Button isSmall look="bare" aria-label={`Leave as it was: ${title}`} onClick={of.onLeave}>
              Leave as it was
            </Button>
          ) : (
            of.onEdit && (
              <Button isSmall look="bare" icon="edit" aria-label={`Edit ${title}`} onClick={of.onEdit}>
                Edit
              </Button>
            )
          )}
        </span>
      </div>
      {of.children}
    </div>
  );
}

/** Steps that have ended before the one that it begins with. */
function keptBefore(steps: readonly ShownStep[], from: string): readonly ShownStep[] {
  const end = steps.findIndex(({ key }) => key === from);
  return end < 0 ? [] : steps.slice(0, end).filter(({ endedAt }) => endedAt !== null);
}

function hasOutput({ kind, status, output }: ShownStep): boolean {
  return kind === "run" && status === "completed" && output !== null;
}

function bodyOf(from: string, data: string | null, edited: readonly ShownStep[], outputs: ReadonlyMap<string, string>): RerunBody {
  return {
    ...(from !== "" && { from }),
    ...(data !== null && { data: JSON.parse(data) as unknown }),
    ...(edited.length > 0 && {
      outputs: Object.fromEntries(edited.map(({ key }) => [key, JSON.parse(outputs.get(key) ?? "null") as unknown])),
    }),
  };
}
