// Filters that several lists have: one of several names, and a span of time.
import type { ReactElement } from "react";

import { visible } from "../text/visible.ts";
import { Field } from "./filter-bar.tsx";
import { LocalTime } from "./local-time.tsx";

/** One name, or all. What is chosen can be seen, whether it is among them or not. */
export function NameFilter({
  label,
  names,
  chosen,
  onChange,
}: {
  readonly label: string;
  readonly names: readonly string[];
  readonly chosen: string | undefined;
  readonly onChange: (name: string | undefined) => void;
}): ReactElement {
  const all = [...new Set([...names, ...(chosen === undefined ? [] : [chosen])])].toSorted();
  return (
    <Field label={label}>
      <select className="input" value={chosen ?? ""} onChange={({ target }) => onChange(target.value || undefined)}>
        <option value="">all</option>
        {all.map((name) => (
          <option key={name} value={name}>
            {visible(name)}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** From then on, and until then: ISO 8601. */
export function SpanFilter({
  since,
  until,
  onChange,
}: {
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly onChange: (part: { readonly since?: string | undefined } | { readonly until?: string | undefined }) => void;
}): ReactElement {
  return (
    <>
      <Field label="From">
        <LocalTime value={since} onChange={(iso) => onChange({ since: iso })} />
      </Field>
      <Field label="Until">
        <LocalTime value={until} onChange={(iso) => onChange({ until: iso })} />
      </Field>
    </>
  );
}
