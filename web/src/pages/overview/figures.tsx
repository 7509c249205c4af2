// How many runs are in which state, as links to them; and how far behind the app's tasks are.
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { RunCounts } from "../../../../server/contract/runs.ts";
import { RUN_STATUSES, RUN_TONES } from "../../components/status.tsx";
import { amount } from "../../text/time.ts";
import { total } from "./concerns.ts";

interface Props {
  readonly counts: RunCounts["items"];
  /** Events that are to be read; null: not known. */
  readonly lag: number | null;
}

export function Figures({ counts, lag }: Props): ReactElement {
  return (
    <ul className="figures" aria-label="Runs by status">
      {RUN_STATUSES.map((status) => {
        const count = total(counts.map((each) => (each.status === status ? each.count : 0)));
        return (
          <li key={status} className={`tone-${RUN_TONES[status]}${count === 0 ? " is-none" : ""}`}>
            <Link to="/runs" search={{ status }}>
              <b>{amount(count)}</b>
              {status}
            </Link>
          </li>
        );
      })}
      {lag !== null && (
        <li className={`tone-${lag > 1_000 ? "warn" : "calm"}${lag === 0 ? " is-none" : ""}`}>
          <Link to="/partitions">
            <b>{amount(lag)}</b>
            events behind
          </Link>
        </li>
      )}
    </ul>
  );
}
