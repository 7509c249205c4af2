// A field for one value: a text, a number, a time, a symbol, yes or no.
import { useId, type ReactElement } from "react";

import { timeKindOf } from "../../../../engine/schemas/avro/logical-type.ts";
import type { AvroNode } from "../../../../engine/schemas/avro/schema-node.ts";
import { Button } from "../../components/button.tsx";
import { Input } from "../../components/filter-bar.tsx";
import { newUuid } from "../../text/new-uuid.ts";
import { visible } from "../../text/visible.ts";
import { FieldProblems, RemoveButton, useProblems, type FieldProps } from "./form-surroundings.tsx";
import { exampleText, typeWords } from "./type-words.ts";

export function LeafField({ node, draft, onChange, path, label, doc, remove }: FieldProps): ReactElement {
  const id = useId();
  const problems = useProblems(path);
  const described = [doc === null ? "" : `${id}-doc`, problems.length === 0 ? "" : `${id}-problem`].filter((each) => each !== "").join(" ");
  const shared = {
    id,
    ...(described !== "" && { "aria-describedby": described }),
    ...(problems.length > 0 && { "aria-invalid": true }),
  };
  return (
    <div className="form-field">
      <div className="form-label">
        <label htmlFor={id}>{label}</label>
        <span className="form-type">{typeWords(node)}</span>
        {draft.kind === "text" && <Fill node={node} label={label} fill={(text) => onChange({ kind: "text", text })} />}
        <RemoveButton of={remove} label={label} />
      </div>
      {doc !== null && (
        <p className="form-doc" id={`${id}-doc`}>
          {visible(doc)}
        </p>
      )}
      {draft.kind === "truth" && (
        <input
          type="checkbox"
          {...shared}
          checked={draft.value}
          onChange={(event) => onChange({ kind: "truth", value: event.target.checked })}
        />
      )}
      {draft.kind === "text" && node.kind === "enum" && (
        <select {...shared} className="input" value={draft.text} onChange={(event) => onChange({ kind: "text", text: event.target.value })}>
          {!node.symbols.includes(draft.text) && <option value={draft.text}>{draft.text === "" ? "choose one" : draft.text}</option>}
          {node.symbols.map((symbol) => (
            <option key={symbol}>{symbol}</option>
          ))}
        </select>
      )}
      {draft.kind === "text" && node.kind !== "enum" && (
        <TextInput node={node} text={draft.text} shared={shared} onChange={(text) => onChange({ kind: "text", text })} />
      )}
      <FieldProblems id={`${id}-problem`} problems={problems} />
    </div>
  );
}

function TextInput(props: {
  readonly node: AvroNode;
  readonly text: string;
  readonly shared: object;
  readonly onChange: (text: string) => void;
}): ReactElement {
  const { node, text, shared, onChange } = props;
  // A field of one line would drop the ends of lines.
  if (node.kind === "string" && node.logical === null && text.includes("\n")) {
    return <textarea {...shared} className="input" rows={4} value={text} onChange={(event) => onChange(event.target.value)} />;
  }
  const isNumber = typeWords(node).includes("number");
  return (
    <Input
      {...shared}
      type="text"
      {...(isNumber && { inputMode: "decimal" as const })}
      placeholder={exampleText(node)}
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** What nobody likes to type: the time that it is, an id. */
function Fill({
  node,
  label,
  fill,
}: {
  readonly node: AvroNode;
  readonly label: string;
  readonly fill: (text: string) => void;
}): ReactElement | null {
  const logical = "logical" in node ? node.logical : null;
  const kind = timeKindOf(logical);
  const isUuid = logical?.kind === "uuid";
  if (kind === null && !isUuid) return null;
  const text = (): string => (kind === null ? newUuid() : nowAs(kind));
  return (
    <Button look="bare" isSmall onClick={() => fill(text())} aria-label={isUuid ? `New id: ${label}` : `Now: ${label}`}>
      {isUuid ? "New" : "Now"}
    </Button>
  );
}

function nowAs(kind: NonNullable<ReturnType<typeof timeKindOf>>): string {
  const now = new Date();
  if (kind.startsWith("timestamp")) return now.toISOString();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
  if (kind === "date") return local.slice(0, 10);
  return kind.startsWith("time-") ? local.slice(11) : local;
}
