// What narrows the list of runs down.
import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { RunCounts } from "../../../../server/contract/runs.ts";
import { Chips, FilterBar, SearchBox } from "../../components/filter-bar.tsx";
import { NameFilter, SpanFilter } from "../../components/filters.tsx";
import { RUN_STATUSES, RUN_TONES } from "../../components/status.tsx";
import type { RunsSearch } from "./search.ts";

export function RunFilters({ search, counts }: { readonly search: RunsSearch; readonly counts: RunCounts["items"] }): ReactElement {
  const navigate = useNavigate();
  const change = (part: RunsSearch): void => void navigate({ to: "/runs", search: { ...search, ...part }, replace: true });
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
        <NameFilter
          label="Function"
          names={counts.map(({ functionId }) => functionId)}
          chosen={search.function}
          onChange={(id) => change({ function: id })}
        />
        <SpanFilter since={search.since} until={search.until} onChange={change} />
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
