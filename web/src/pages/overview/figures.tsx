// How many runs are in which state, as links to them; and how far behind the app's tasks are.
import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";

import type { RunCounts, RunStatus } from "../../../../server/contract/runs.ts";
import { RUN_TONES } from "../../components/status.tsx";
import { amount } from "../../text/time.ts";
import { total } from "./concerns.ts";

interface Props {
  readonly counts: RunCounts["items"];
  /** Events that are to be read; null: not known. */
  readonly lag: number | null;
}

/** A row each: what needs somebody, what goes on, what is over. */
const TROUBLED: readonly RunStatus[] = ["failed", "quarantined", "parked", "retrying"];
const GOING_ON: readonly RunStatus[] = ["running", "queued", "held"];
const OVER: readonly RunStatus[] = ["completed", "cancelled", "skipped"];

export function Figures({ counts, lag }: Props): ReactElement {
  const ofStatus = (status: RunStatus): ReactNode => {
    const count = total(counts.map((each) => (each.status === status ? each.count : 0)));
    return (
      <li key={status} className={`tone-${RUN_TONES[status]} is-${status}${count === 0 ? " is-none" : ""}`}>
        <Link to="/runs" search={{ status }}>
          <b>{amount(count)}</b>
          {status}
        </Link>
      </li>
    );
  };
  return (
    <ul className="figures" aria-label="Runs by status">
      {TROUBLED.map(ofStatus)}
      {GOING_ON.map(ofStatus)}
      <li className={`tone-${(lag ?? 0) > 1_000 ? "warn" : "calm"}${(lag ?? 0) === 0 ? " is-none" : ""}`}>
        <Link to="/partitions">
          <b>{lag === null ? "–" : amount(lag)}</b>
          events behind
        </Link>
      </li>
      {OVER.map(ofStatus)}
    </ul>
  );
}
