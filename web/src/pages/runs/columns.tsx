// What the list says of a run.
import { Link } from "@tanstack/react-router";

import type { ListedRun } from "../../../../server/contract/runs.ts";
import { RunStatusBadge } from "../../components/status.tsx";
import type { Column } from "../../components/table.tsx";
import { Time, useNow } from "../../components/time.tsx";
import { duration } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import type { ReactElement } from "react";

export const RUN_COLUMNS: readonly Column<ListedRun>[] = [
  { head: "Status", width: "122px", phone: "side", cell: ({ status }) => <RunStatusBadge status={status} /> },
  {
    head: "Function",
    width: "minmax(120px, 1.2fr)",
    phone: "main",
    cell: ({ id, functionId }) => (
      <Link to="/runs/$id" params={{ id }} tabIndex={-1}>
        <bdi>{visible(functionId)}</bdi>
      </Link>
    ),
  },
  {
    head: "Event",
    width: "minmax(120px, 1.3fr)",
    phone: "main",
    cell: ({ event }) =>
      event && (
        <span title={visible(`${event.name} · ${event.id}${event.key === null ? "" : ` · key ${event.key}`}`)}>
          <bdi>{visible(event.name)}</bdi>
          {event.key !== null && <bdi className="quiet"> {visible(event.key)}</bdi>}
        </span>
      ),
  },
  {
    head: "Why",
    width: "minmax(0, 1.6fr)",
    phone: "main",
    cell: ({ reason }) => reason !== null && <bdi title={visible(reason.slice(0, 2_000))}>{visible(reason.slice(0, 300))}</bdi>,
  },
  { head: "Took", width: "92px", align: "end", phone: "hide", cell: (run) => <Took run={run} /> },
  { head: "Began", width: "84px", align: "end", phone: "side", cell: (run) => <Time at={run.startedAt ?? run.queuedAt ?? run.endedAt} /> },
];

function Took({ run: { startedAt, endedAt } }: { readonly run: ListedRun }): ReactElement {
  const now = useNow();
  if (startedAt === null) return <span className="quiet">–</span>;
  return <span className={endedAt === null ? "quiet" : ""}>{duration((endedAt ?? Math.max(now, startedAt)) - startedAt)}</span>;
}
