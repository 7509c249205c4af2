// The data of an event that is about to be sent: a form where its schema is known, and JSON beside it.
import "./send.css";

import { useId, useState, type ReactElement } from "react";

import { schemaNode, type RecordNode } from "../../../../engine/schemas/avro/schema-node.ts";
import { Button } from "../../components/button.tsx";
import { Notice } from "../../components/states.tsx";
import { indentedJson, inexactNumbers } from "../../text/json-text.ts";
import { visible } from "../../text/visible.ts";
import { draftOf, emptyDraft, type Draft } from "./draft.ts";
import { valueOf, type Problem } from "./draft-value.ts";
import { FormSurroundings } from "./form-surroundings.tsx";
import { RecordFields } from "./schema-form.tsx";
import { docsOf } from "./schema-docs.ts";

/** What was typed, in either way. */
export interface EditedData {
  readonly mode: "form" | "json";
  readonly draft: Draft | null;
  readonly text: string;
  /** Places of data that the form could not show when it was asked to. */
  readonly unshown: readonly string[];
}

export interface DataSchema {
  readonly node: RecordNode;
  readonly docs: ReadonlyMap<string, string>;
}

/** Null where it is none that a form can be made of: then there is JSON. */
export function dataSchemaOf(avro: string | null): DataSchema | null {
  if (avro === null) return null;
  try {
    const json = JSON.parse(avro) as unknown;
    const node = schemaNode(json);
    return node.kind === "record" ? { node, docs: docsOf(json) } : null;
  } catch {
    return null;
  }
}

/** @param example JSON; null for none */
export function firstData(schema: DataSchema | null, example: string | null): EditedData {
  const text = example === null ? "{}" : indentedJson(example);
  if (schema === null) return { mode: "json", draft: null, text, unshown: [] };
  const unshown: string[] = [];
  const value = example === null ? undefined : parsed(example);
  const draft = value === undefined ? emptyDraft(schema.node) : draftOf(schema.node, value, unshown);
  return { mode: "form", draft, text, unshown };
}

/** As it goes out. Of JSON, places are for the server to find. */
export function dataOf(schema: DataSchema | null, edited: EditedData): { readonly value: unknown; readonly problems: readonly Problem[] } {
  if (edited.mode === "form" && schema !== null && edited.draft !== null) return valueOf(schema.node, edited.draft);
  try {
    const value = JSON.parse(edited.text) as unknown;
    const problems = (inexactNumbers(edited.text) ?? []).map((number) => ({
      path: "data",
      message: `${number} has more digits than a number of JSON keeps: write it as a text`,
    }));
    return { value, problems };
  } catch (error) {
    return { value: null, problems: [{ path: "data", message: error instanceof Error ? error.message : String(error) }] };
  }
}

export function DataEditor(props: {
  readonly schema: DataSchema | null;
  readonly edited: EditedData;
  readonly onChange: (edited: EditedData) => void;
  readonly problems: readonly Problem[];
}): ReactElement {
  const { schema, edited, onChange, problems } = props;
  const id = useId();
  const [refusal, setRefusal] = useState<string | null>(null);
  const isForm = edited.mode === "form" && schema !== null && edited.draft?.kind === "record";

  const toJson = (): void => {
    const { value } = dataOf(schema, edited);
    onChange({ ...edited, mode: "json", text: JSON.stringify(value, null, 2), unshown: [] });
  };
  const toForm = (): void => {
    if (schema === null) return;
    const { value, problems: found } = dataOf(null, edited);
    const [unread] = found;
    setRefusal(unread === undefined ? null : `The form needs JSON that can be read: ${unread.message}`);
    if (unread !== undefined) return;
    const unshown: string[] = [];
    onChange({ ...edited, mode: "form", draft: draftOf(schema.node, value, unshown), unshown });
  };

  return (
    <div className="form-fields">
      {schema !== null && (
        <div className="row" role="group" aria-label="How data is edited">
          <Button isSmall aria-pressed={isForm} onClick={() => !isForm && toForm()}>
            Form
          </Button>
          <Button isSmall aria-pressed={!isForm} onClick={() => isForm && toJson()}>
            JSON
          </Button>
        </div>
      )}
      {refusal !== null && (
        <div role="alert">
          <Notice tone="warn">{visible(refusal)}</Notice>
        </div>
      )}
      {isForm && edited.unshown.length > 0 && (
        <Notice tone="warn">
          The form cannot show what stands at {visible(edited.unshown.slice(0, 10).join(", "))}
          {edited.unshown.length > 10 &&
            ` and ${edited.unshown.length === 11 ? "one more place" : `${edited.unshown.length - 10} more places`}`}
          : it does not fit the schema, and would not be sent.
        </Notice>
      )}
      {isForm && edited.draft?.kind === "record" ? (
        <FormSurroundings value={{ docs: schema.docs, problems: byPath(problems) }}>
          <RecordFields node={schema.node} draft={edited.draft} path="data" onChange={(draft) => onChange({ ...edited, draft })} />
        </FormSurroundings>
      ) : (
        <div className="field">
          <label htmlFor={id}>Data, as JSON</label>
          <textarea
            id={id}
            className="input send-raw"
            rows={14}
            spellCheck={false}
            value={edited.text}
            onChange={(event) => {
              setRefusal(null);
              onChange({ ...edited, text: event.target.value });
            }}
            {...(problems.length > 0 && { "aria-invalid": true, "aria-describedby": `${id}-problem` })}
          />
          {problems.length > 0 && (
            <p className="form-problem" id={`${id}-problem`}>
              {visible(problems.map(({ path, message }) => (path === "data" ? message : `${path}: ${message}`)).join("; "))}
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function byPath(problems: readonly Problem[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { path, message } of problems) found.set(path, [...(found.get(path) ?? []), message]);
  return found;
}

/** Undefined for what is no JSON. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
