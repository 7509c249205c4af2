// A time to choose, in the reader's time zone; the page's address has it as ISO 8601.
import type { ReactElement } from "react";

import { Input } from "./filter-bar.tsx";

export function LocalTime({
  value,
  onChange,
}: {
  /** ISO 8601. */
  readonly value: string | undefined;
  readonly onChange: (iso: string | undefined) => void;
}): ReactElement {
  return (
    <Input
      type="datetime-local"
      step="1"
      value={value === undefined ? "" : localOf(value)}
      onChange={({ target }) => onChange(target.value === "" ? undefined : new Date(target.value).toISOString())}
    />
  );
}

/** Milliseconds since 1970; undefined for what is no time. */
export function timeOf(iso: string | undefined): number | undefined {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(at) ? undefined : at;
}

function localOf(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
