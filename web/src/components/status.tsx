// What state something is in: by word, by colour, and by a mark, so that none of them is needed alone.
import "./status.css";

import type { ReactElement } from "react";

import type { RunStatus } from "../../../server/contract/runs.ts";

export type Tone = "good" | "bad" | "warn" | "busy" | "rest" | "calm";

export const RUN_TONES: Readonly<Record<RunStatus, Tone>> = {
  failed: "bad",
  quarantined: "bad",
  parked: "warn",
  retrying: "warn",
  running: "busy",
  queued: "rest",
  held: "rest",
  completed: "good",
  cancelled: "calm",
  skipped: "calm",
};

/** In the order in which people look for them. */
export const RUN_STATUSES = Object.keys(RUN_TONES) as readonly RunStatus[];

const MARKS: Readonly<Record<Tone, ReactElement>> = {
  good: <path d="M1 5.2l2.6 2.6L9 2" />,
  bad: <path d="M2 2l6 6M8 2L2 8" />,
  warn: <path d="M5 1.2v4.6M5 8.6v.2" />,
  busy: <path d="M2.5 1.5v7L8.5 5z" />,
  rest: <path d="M3 1.5v7M7 1.5v7" />,
  calm: <path d="M1.5 5h7" />,
};

export function Status({ tone, children }: { readonly tone: Tone; readonly children: string }): ReactElement {
  return (
    <span className={`status tone-${tone}`}>
      <svg
        viewBox="0 0 10 10"
        width="9"
        height="9"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
      >
        {MARKS[tone]}
      </svg>
      {children}
    </span>
  );
}

export function RunStatusBadge({ status }: { readonly status: RunStatus }): ReactElement {
  return <Status tone={RUN_TONES[status]}>{status}</Status>;
}

/** Of a status that only the server has a list of. */
export function toneOf(status: string): Tone {
  return (RUN_TONES as Readonly<Record<string, Tone>>)[status] ?? "calm";
}
