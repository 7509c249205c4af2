// A form made of a schema: a field for each place where data can be, with what is wrong shown there.
import { useId, type ReactElement, type ReactNode } from "react";

import {
  branchName,
  isWrapped,
  type ArrayNode,
  type FieldNode,
  type MapNode,
  type RecordNode,
} from "../../../../engine/schemas/avro/schema-node.ts";
import { Button } from "../../components/button.tsx";
import { Input } from "../../components/filter-bar.tsx";
import { visible } from "../../text/visible.ts";
import { draftOf, emptyDraft, freeId, pathOf, unionDraft, type Draft } from "./draft.ts";
import { FieldProblems, RemoveButton, useDocs, useProblems, type FieldProps } from "./form-surroundings.tsx";
import { LeafField } from "./leaf-field.tsx";
import { docKey } from "./schema-docs.ts";
import { branchWords, typeWords } from "./type-words.ts";

export function SchemaField(props: FieldProps): ReactElement | null {
  const { node, draft } = props;
  if (draft.kind === "record" && node.kind === "record") {
    return (
      <Group {...props}>
        <RecordFields node={node} draft={draft} path={props.path} onChange={props.onChange} />
      </Group>
    );
  }
  if (draft.kind === "list" && node.kind === "array") return <ListField {...props} node={node} draft={draft} />;
  if (draft.kind === "map" && node.kind === "map") return <MapField {...props} node={node} draft={draft} />;
  if (draft.kind === "union") return <UnionField {...props} draft={draft} />;
  return <LeafField {...props} />;
}

export function RecordFields(props: {
  readonly node: RecordNode;
  readonly draft: Draft & { kind: "record" };
  readonly path: string;
  readonly onChange: (draft: Draft) => void;
}): ReactNode {
  const { node, draft, path, onChange } = props;
  const docs = useDocs();
  const change = (name: string, to: Draft | null): void => onChange({ kind: "record", fields: { ...draft.fields, [name]: to } });
  return node.fields.map((field) => {
    const { name } = field;
    const given = draft.fields[name] ?? null;
    const shared = { path: pathOf(path, name), doc: docs.get(docKey(node.name, name)) ?? null };
    if (given === null) return <LeftOut key={name} {...shared} field={field} onSet={() => change(name, beginningOf(field))} />;
    const remove = field.default === null ? null : { words: "Use default", now: () => change(name, null) };
    return (
      <SchemaField
        key={name}
        {...shared}
        node={field.type}
        draft={given}
        onChange={(to) => change(name, to)}
        label={name}
        remove={remove}
      />
    );
  });
}

/** A field whose default holds. */
function LeftOut(props: {
  readonly field: FieldNode;
  readonly doc: string | null;
  readonly path: string;
  readonly onSet: () => void;
}): ReactElement {
  const { field, doc, path, onSet } = props;
  const id = useId();
  return (
    <div className="form-field is-unset">
      <div className="form-label">
        <span>{field.name}</span>
        <span className="form-type">
          {typeWords(field.type)}
          {field.default !== null && ` · default ${visible(JSON.stringify(field.default.json))}`}
        </span>
        <Button look="bare" isSmall onClick={onSet} aria-label={`Set: ${field.name}`}>
          Set
        </Button>
      </div>
      {doc !== null && <p className="form-doc">{visible(doc)}</p>}
      <FieldProblems id={id} problems={useProblems(path)} />
    </div>
  );
}

/** Fields that belong together. */
function Group(props: FieldProps & { readonly children: ReactNode }): ReactElement {
  const { node, label, remove, path, children } = props;
  const docs = useDocs();
  const id = useId();
  const doc = props.doc ?? ("name" in node ? docs.get(node.name) : undefined);
  return (
    <fieldset className="form-group">
      <legend>{label}</legend>
      <div className="form-label">
        <span className="form-type">{typeWords(node)}</span>
        <RemoveButton of={remove} label={label} />
      </div>
      {doc !== undefined && <p className="form-doc">{visible(doc)}</p>}
      {children}
      <FieldProblems id={id} problems={useProblems(path)} />
    </fieldset>
  );
}

function ListField(props: FieldProps & { readonly node: ArrayNode; readonly draft: Draft & { kind: "list" } }): ReactElement {
  const { node, draft, onChange, path, label } = props;
  const { items } = draft;
  return (
    <Group {...props}>
      {items.map(({ id, draft: item }, index) => (
        <SchemaField
          key={id}
          node={node.items}
          draft={item}
          onChange={(to) => onChange({ kind: "list", items: items.map((each) => (each.id === id ? { id, draft: to } : each)) })}
          path={`${path}[${index}]`}
          label={`${label} ${index + 1}`}
          doc={null}
          remove={{ words: "Remove", now: () => onChange({ kind: "list", items: items.filter((each) => each.id !== id) }) }}
        />
      ))}
      <div>
        <Button
          isSmall
          onClick={() => onChange({ kind: "list", items: [...items, { id: freeId(items), draft: emptyDraft(node.items) }] })}
          aria-label={`Add to ${label}`}
        >
          Add
        </Button>
      </div>
    </Group>
  );
}

function MapField(props: FieldProps & { readonly node: MapNode; readonly draft: Draft & { kind: "map" } }): ReactElement {
  const { node, draft, onChange, path, label } = props;
  const { entries } = draft;
  const change = (id: number, to: { readonly key?: string; readonly draft?: Draft }): void =>
    onChange({ kind: "map", entries: entries.map((each) => (each.id === id ? { ...each, ...to } : each)) });
  return (
    <Group {...props}>
      {entries.map(({ id, key, draft: value }, index) => (
        <div key={id} className="form-entry">
          <label className="field">
            <span>Name {index + 1}</span>
            <Input value={key} onChange={(event) => change(id, { key: event.target.value })} />
          </label>
          <SchemaField
            node={node.values}
            draft={value}
            onChange={(to) => change(id, { draft: to })}
            path={pathOf(path, key)}
            label={`Value ${index + 1}`}
            doc={null}
            remove={{ words: "Remove", now: () => onChange({ kind: "map", entries: entries.filter((each) => each.id !== id) }) }}
          />
        </div>
      ))}
      <div>
        <Button
          isSmall
          onClick={() => onChange({ kind: "map", entries: [...entries, { id: freeId(entries), key: "", draft: emptyDraft(node.values) }] })}
          aria-label={`Add to ${label}`}
        >
          Add
        </Button>
      </div>
    </Group>
  );
}

function UnionField({
  node,
  draft,
  onChange,
  path,
  label,
  doc,
  remove,
}: FieldProps & { readonly draft: Draft & { kind: "union" } }): ReactElement | null {
  const id = useId();
  if (node.kind !== "union") return null;
  const chosen = node.branches[draft.branch];
  const inner = draft.drafts[draft.branch];
  return (
    <div className="form-union">
      <div className="form-label">
        <label htmlFor={id}>{label}</label>
        <select
          id={id}
          className="input"
          value={draft.branch}
          onChange={(event) => onChange(unionDraft(node, Number(event.target.value), draft.drafts))}
        >
          {node.branches.map((branch, index) => (
            <option key={branchName(branch)} value={index}>
              {branchWords(node.branches, branch)}
            </option>
          ))}
        </select>
        <RemoveButton of={remove} label={label} />
      </div>
      {doc !== null && <p className="form-doc">{visible(doc)}</p>}
      {chosen !== undefined && chosen.kind !== "null" && inner !== undefined && (
        <SchemaField
          node={chosen}
          draft={inner}
          onChange={(to) => onChange({ ...draft, drafts: { ...draft.drafts, [draft.branch]: to } })}
          path={isWrapped(node) ? pathOf(path, branchName(chosen)) : path}
          label={`${label}, ${branchWords(node.branches, chosen)}`}
          doc={null}
          remove={null}
        />
      )}
    </div>
  );
}

/** The default as it stands in the schema, where a field can show that: it is written in Avro's own JSON. */
function beginningOf({ type, default: given }: FieldNode): Draft {
  const unshown: string[] = [];
  const draft = draftOf(type, given?.json, unshown);
  if (unshown.length > 0) return emptyDraft(type);
  // Who sets a field that is null by default means something else.
  return draft.kind === "union" && type.kind === "union" && given?.json === null
    ? unionDraft(
        type,
        Math.max(
          0,
          type.branches.findIndex(({ kind }) => kind !== "null"),
        ),
        draft.drafts,
      )
    : draft;
}
