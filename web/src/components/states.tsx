// When there is nothing to show: not yet, not at all, or not any more. Each says what to do about it.
import "./states.css";
import "./status.css";

import type { ReactElement, ReactNode } from "react";

import { ApiProblem } from "../api/problem.ts";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import type { Tone } from "./status.tsx";

export function Loading({ what, rows = 4 }: { readonly what: string; readonly rows?: number }): ReactElement {
  return (
    <div className="loading" role="status">
      <span className="unseen">Loading {what}…</span>
      {Array.from({ length: rows }, (_, row) => (
        <i key={row} />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactElement {
  return (
    <div className="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }): ReactElement {
  return (
    <div className="state is-bad" role="alert">
      <Icon name="warning" size={22} />
      <h2>{titleOf(error)}</h2>
      <p>{visible(messageOf(error))}</p>
      {error instanceof ApiProblem && error.status !== 0 && <code>{error.code}</code>}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

export function Notice({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactElement {
  return (
    <div className={`notice tone-${tone}`}>
      <Icon name="warning" />
      <div>{children}</div>
    </div>
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function titleOf(error: unknown): string {
  if (!(error instanceof ApiProblem)) return "This page stopped";
  if (error.status === 0) return "No answer from the server";
  if (error.status === 403) return "This token may not do that";
  if (error.status === 404) return "Not found";
  return error.isPassing ? "The server cannot answer right now" : "That did not work";
}
