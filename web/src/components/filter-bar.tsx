// What narrows a list down. Filters are of the URL: who has it sees the same.
import "./filter-bar.css";
import "./status.css";

import { useEffect, useRef, useState, type InputHTMLAttributes, type ReactElement, type ReactNode } from "react";

import { amount } from "../text/time.ts";
import { Icon } from "./icon.tsx";
import type { Tone } from "./status.tsx";

export function FilterBar({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactElement {
  return (
    <search className="filter-bar" aria-label={label}>
      {children}
    </search>
  );
}

export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <label className="field">
      <span>{label}</span>
      {children}
      {hint !== undefined && <small className="hint">{hint}</small>}
    </label>
  );
}

export function Input({ className = "", ...rest }: InputHTMLAttributes<HTMLInputElement>): ReactElement {
  return <input className={`input ${className}`.trimEnd()} autoComplete="off" spellCheck={false} {...rest} />;
}

const TYPING_MS = 250;

/** Tells once nobody types any more. `/` anywhere on the page comes here. */
export function SearchBox(of: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactElement {
  const { value, onChange } = of;
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;

  // Somebody else changed it: the way back, a link.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = typed;
      tell.current(typed);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  return (
    <label className="field search">
      <span>{of.label}</span>
      <Icon name="search" size={14} />
      <Input
        type="search"
        placeholder={of.placeholder}
        value={typed}
        maxLength={200}
        data-search
        onChange={(event) => setTyped(event.target.value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly tone?: Tone;
  readonly count?: number | null;
}

/** Any number of them; none means all. */
export function Chips(of: {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}): ReactElement {
  const toggle = (value: string): void =>
    of.onChange(of.chosen.includes(value) ? of.chosen.filter((each) => each !== value) : [...of.chosen, value]);
  return (
    <div className="chips" role="group" aria-label={of.label}>
      {of.choices.map(({ value, label, tone, count }) => (
        <button
          key={value}
          type="button"
          className={`chip${tone ? ` tone-${tone}` : ""}${count === 0 ? " is-none" : ""}`}
          aria-pressed={of.chosen.includes(value)}
          onClick={() => toggle(value)}
        >
          {tone && <i aria-hidden="true" />}
          {label}
          {count !== undefined && count !== null && <span>{amount(count)}</span>}
        </button>
      ))}
    </div>
  );
}
