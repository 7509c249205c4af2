// A time to choose, in the reader's time zone; the page's address has it as ISO 8601.
import { useEffect, useRef, useState, type ReactElement } from "react";

import { Input } from "./filter-bar.tsx";

/** A year is typed digit by digit: what it is on the way is no time that anybody means. */
const TYPING_MS = 700;
const FIRST = "1970-01-01T00:00:00";
const LAST = "9999-12-31T23:59:59";

export function LocalTime({
  value,
  onChange,
}: {
  /** ISO 8601. */
  readonly value: string | undefined;
  readonly onChange: (iso: string | undefined) => void;
}): ReactElement {
  const shown = value === undefined ? "" : localOf(value);
  const [typed, setTyped] = useState(shown);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Somebody else changed it: the way back, a link.
  useEffect(() => setTyped(shown), [shown]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const tell = (local: string): void => {
    clearTimeout(timer.current);
    if (local === shown) return;
    if (local === "") onChange(undefined);
    else if (local >= FIRST.slice(0, local.length) && local <= LAST) onChange(new Date(local).toISOString());
  };
  return (
    <Input
      type="datetime-local"
      step="1"
      min={FIRST}
      max={LAST}
      value={typed}
      onChange={({ target: { value: local } }) => {
        setTyped(local);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => tell(local), TYPING_MS);
      }}
      onBlur={() => tell(typed)}
      onKeyDown={({ key }) => key === "Enter" && tell(typed)}
    />
  );
}

/** Milliseconds since 1970; undefined for what is no time, or none that the API knows. */
export function timeOf(iso: string | undefined): number | undefined {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  return at >= 0 && at <= Date.parse(`${LAST}Z`) ? at : undefined;
}

function localOf(iso: string): string {
  const at = timeOf(iso);
  return at === undefined ? "" : new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
