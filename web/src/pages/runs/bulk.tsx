// One command for all runs that match the filters: how many that are is asked first, and stands on the button.
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";

import type { RunFilter } from "../../../../server/contract/runs.ts";
import { KEYS } from "../../api/keys.ts";
import { doBulk, previewBulk, type BulkAction } from "../../api/runs.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Field } from "../../components/filter-bar.tsx";
import { Failure, Loading } from "../../components/states.tsx";
import { tellDone } from "../../components/toast.tsx";
import { exactTime } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import type { RunsSearch } from "./search.ts";

const ACTIONS: Readonly<Record<BulkAction, { readonly label: string; readonly does: string; readonly what: string }>> = {
  cancel: {
    label: "Cancel",
    does: "Cancel",
    what: "Of the runs that match, those that are not over are cancelled. What they did stays done.",
  },
  rerun: {
    label: "Re-run from the start",
    does: "Re-run",
    what: "Each run that matches is repeated by a run of its own, with today's code and the same event. Those that are not over are left out: cancel them first. So are those that something repeats already, and cancelled ones unless the filter names that status.",
  },
  release: {
    label: "Release",
    does: "Release",
    what: "Of the runs that match, those that are parked or quarantined go on with the code that is deployed now.",
  },
};

interface Props {
  readonly filter: RunFilter;
  readonly search: RunsSearch;
  /** With the operation's id. */
  readonly onStarted: (operation: string) => void;
  readonly onClose: () => void;
}

export function BulkDialog({ filter, search, onStarted, onClose }: Props): ReactElement {
  const [action, setAction] = useState<BulkAction>(search.status === "failed" ? "rerun" : "cancel");
  const preview = useQuery({
    queryKey: [...KEYS.preview, "runs", action, filter],
    queryFn: ({ signal }) => previewBulk(action, filter, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const count = preview.data?.count ?? null;
  const { does, what } = ACTIONS[action];
  return (
    <Confirm
      title="Do something with all that match"
      action={count === null ? does : `${does} ${runs(count)}`}
      isDangerous
      isBlocked={count === null || count === 0}
      onClose={onClose}
      onConfirm={async () => {
        const { operation } = await doBulk(action, filter, count ?? 0).catch(async (error: unknown) => {
          // There may be another number of them by now: then that has to be confirmed.
          await preview.refetch();
          throw error;
        });
        tellDone(`${does}: it has begun`);
        if (operation !== null) onStarted(operation);
      }}
    >
      <Field label="What">
        <select className="input" value={action} onChange={({ target }) => setAction(target.value as BulkAction)}>
          {Object.entries(ACTIONS).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      <p>{what}</p>
      <FilterWords filter={filter} />
      {preview.isPending && <Loading what="how many there are" rows={1} />}
      {preview.isError && <Failure error={preview.error} onRetry={() => void preview.refetch()} />}
      {count !== null && (
        <p role="status">
          <strong>{count === 0 ? "There is no such run." : `${runs(count)}.`}</strong>{" "}
          {count > 0 && "Should there be more by the time you confirm, nothing is done."}
        </p>
      )}
      {(preview.data?.examples.length ?? 0) > 0 && (
        <p className="quiet breaks">
          For example <code>{preview.data?.examples.slice(0, 3).join(", ")}</code>
        </p>
      )}
    </Confirm>
  );
}

/** Whoever confirms it wants all of its digits. */
function runs(count: number): string {
  return `${count.toLocaleString("en")} run${count === 1 ? "" : "s"}`;
}

function FilterWords({ filter }: { readonly filter: RunFilter }): ReactElement {
  const words = Object.entries(filter).map(([name, value]): [string, string] => [
    name,
    typeof value === "number" ? exactTime(value) : (value ?? "").replaceAll(",", ", "),
  ]);
  if (words.length === 0) return <p className="quiet">No filter: all runs of all functions.</p>;
  return (
    <dl className="facts">
      {words.map(([name, value]) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{visible(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
