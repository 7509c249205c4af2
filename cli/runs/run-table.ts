// Runs as rows of a table.
import type { ListedRun } from "../../server/contract/runs.ts";
import type { Cell, Column } from "../print/table.ts";
import { durationText, timeText } from "../print/times.ts";

export function statusCell(status: string): Cell {
  return {
    text: status,
    paint: (colors) => {
      switch (status) {
        case "completed":
          return colors.green;
        case "failed":
        case "quarantined":
          return colors.red;
        case "retrying":
        case "parked":
          return colors.yellow;
        case "running":
          return colors.cyan;
        default:
          return colors.dim;
      }
    },
  };
}

/** `now`: a run that goes on took so long until then. */
export function runColumns(now = Date.now()): readonly Column<ListedRun>[] {
  return [
    { head: "RUN", of: ({ id }) => id },
    { head: "WHEN", of: ({ startedAt, queuedAt, endedAt }) => timeText(startedAt ?? queuedAt ?? endedAt, now) },
    { head: "STATUS", of: ({ status }) => statusCell(status) },
    { head: "FUNCTION", of: ({ functionId }) => functionId, mayShrink: true },
    { head: "EVENT", of: ({ event }) => event?.name ?? "", mayShrink: true },
    { head: "KEY", of: ({ event }) => event?.key ?? "", mayShrink: true },
    { head: "TOOK", of: (run) => took(run, now), align: "right" },
    { head: "WHY", of: ({ reason }) => reason ?? "", mayShrink: true },
  ];
}

function took({ startedAt, endedAt, status }: ListedRun, now: number): string {
  if (startedAt === null) return "";
  if (endedAt !== null) return durationText(endedAt - startedAt);
  return status === "running" || status === "retrying" ? `${durationText(now - startedAt)}…` : "";
}
