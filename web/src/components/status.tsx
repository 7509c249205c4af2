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

/** Where the word alone may mislead: shown where the pointer rests. */
const MEANINGS: Readonly<Record<RunStatus, string>> = {
  failed: "over, with an error",
  quarantined: "not called any more, since its processes ended while its code executed",
  parked: "the code that is deployed does not fit what it has recorded",
  retrying: "its code threw, and is called again after a pause",
  running: "begun and not over: it executes, sleeps, or waits",
  queued: "waits to begin: for a limit, or until its function is resumed",
  held: "its events are being gathered: by batchEvents, or by debounce",
  completed: "over, with a result",
  cancelled: "ended before it was over",
  skipped: "never begun, since its function said so",
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

export function Status({
  tone,
  title,
  children,
}: {
  readonly tone: Tone;
  readonly title?: string;
  readonly children: string;
}): ReactElement {
  return (
    <span className={`status tone-${tone}`} {...(title !== undefined && { title })}>
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
  return (
    <Status tone={RUN_TONES[status]} title={MEANINGS[status]}>
      {status}
    </Status>
  );
}

/** Of a status that only the server has a list of. */
export function toneOf(status: string): Tone {
  return (RUN_TONES as Readonly<Record<string, Tone>>)[status] ?? "calm";
}
