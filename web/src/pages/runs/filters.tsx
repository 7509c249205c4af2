// What narrows the list of runs down.
import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { RunCounts } from "../../../../server/contract/runs.ts";
import { Chips, Field, FilterBar, SearchBox } from "../../components/filter-bar.tsx";
import { LocalTime } from "../../components/local-time.tsx";
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
