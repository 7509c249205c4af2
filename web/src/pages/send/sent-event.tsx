// An event that was just sent, and its runs as they come up.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";

import type { ShownEvent } from "../../../../server/contract/events.ts";
import { ApiProblem } from "../../api/problem.ts";
import { eventQuery } from "../../api/events.ts";
import { messageOf } from "../../components/states.tsx";
import { Status, toneOf } from "../../components/status.tsx";
import { useNow } from "../../components/time.tsx";
import { visible } from "../../text/visible.ts";

/** Runs start within moments; one that is held back may take as long as it likes, and is found on the event's page. */
const LOOKED_AFTER_MS = 60_000;

/** @param place its id, or where it stands */
export function SentEvent({ id, place }: { readonly id: string; readonly place: string }): ReactElement {
  const now = useNow();
  const [begin] = useState(now);
  const isLookedAfter = now - begin < LOOKED_AFTER_MS;
  const event = useQuery({
    ...eventQuery(place),
    // Nobody has decided about it yet.
    retry: false,
    refetchInterval: ({ state }) => (isLookedAfter && !isSettled(state.data) ? 500 : false),
  });
  const isUnknown = event.error instanceof ApiProblem && event.error.status === 404;
  return (
    <article className="card stack">
      <div className="row">
        <Status tone="good">sent</Status>
        <Link to="/events/$id" params={{ id: place }}>
          {visible(id)}
        </Link>
      </div>
      {event.data === undefined && (event.isPending || isUnknown) && (
        <p className="quiet">
          {isLookedAfter
            ? "It is in the log, and about to be decided…"
            : "It is in the log. It started no run so far, and none waited for it."}
        </p>
      )}
      {event.isError && !isUnknown && <p>{visible(messageOf(event.error))}</p>}
      {event.data?.startedRuns.length === 0 && <p className="quiet">It started no run so far.</p>}
      {(event.data?.startedRuns.length ?? 0) > 0 && (
        <ul className="event-runs">
          {event.data?.startedRuns.map((run) => (
            <li key={run.id}>
              <Status tone={toneOf(run.status)}>{run.status}</Status>
              <Link to="/runs/$id" params={{ id: run.id }}>
                {visible(run.functionId)}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

function isSettled(event: ShownEvent | undefined): boolean {
  const runs = event?.startedRuns ?? [];
  return runs.length > 0 && runs.every(({ status }) => ["completed", "failed", "cancelled", "skipped"].includes(status));
}
