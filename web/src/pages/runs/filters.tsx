// What narrows the list of runs down.
import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { RunCounts } from "../../../../server/contract/runs.ts";
import { Chips, Field, FilterBar, Input, SearchBox } from "../../components/filter-bar.tsx";
import { RUN_STATUSES, RUN_TONES } from "../../components/status.tsx";
import type { RunsSearch } from "./search.ts";

export function RunFilters({ search, counts }: { readonly search: RunsSearch; readonly counts: RunCounts["items"] }): ReactElement {
  const navigate = useNavigate();
  const change = (part: RunsSearch): void => void navigate({ to: "/runs", search: { ...search, ...part }, replace: true });
  const functions = [
    ...new Set([...counts.map(({ functionId }) => functionId), ...(search.function === undefined ? [] : [search.function])]),
  ].toSorted();
  const ofFunction = counts.filter(({ functionId }) => search.function === undefined || functionId === search.function);
  const choices = RUN_STATUSES.map((status) => ({
    value: status,
    label: status,
    tone: RUN_TONES[status],
    count: ofFunction.reduce((sum, each) => sum + (each.status === status ? each.count : 0), 0),
  }));
  return (
    <>
      <FilterBar label="Filters of runs">
        <SearchBox
          label="Search"
          placeholder="Run, event, key, or words of an error"
          value={search.search ?? ""}
          onChange={(text) => change({ search: text || undefined })}
        />
        <Field label="Function">
          <select
            className="input"
            value={search.function ?? ""}
            onChange={({ target }) => change({ function: target.value || undefined })}
          >
            <option value="">all</option>
            {functions.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </Field>
        <Field label="From">
          <LocalTime value={search.since} onChange={(since) => change({ since })} />
        </Field>
        <Field label="Until">
          <LocalTime value={search.until} onChange={(until) => change({ until })} />
        </Field>
      </FilterBar>
      <Chips
        label="Status"
        choices={choices}
        chosen={search.status?.split(",") ?? []}
        onChange={(chosen) => change({ status: chosen.length === 0 ? undefined : chosen.join(",") })}
      />
    </>
  );
}

/** Of the reader's time zone; the address has it as ISO 8601. */
function LocalTime({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (iso: string | undefined) => void;
}): ReactElement {
  return (
    <Input
      type="datetime-local"
      step="1"
      value={value === undefined ? "" : localOf(value)}
      onChange={({ target }) => onChange(target.value === "" ? undefined : new Date(target.value).toISOString())}
    />
  );
}

function localOf(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
