// What narrows the list of runs down.
import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { RunCounts } from "../../../../server/contract/runs.ts";
import { Chips, FilterBar, SearchBox } from "../../components/filter-bar.tsx";
import { NameFilter, SpanFilter } from "../../components/filters.tsx";
import { RUN_STATUSES, RUN_TONES } from "../../components/status.tsx";
import type { RunsSearch } from "./search.ts";

export function RunFilters({
  search,
  counts,
}: {
  readonly search: RunsSearch;
  /** Undefined: not known, which is not none. */ readonly counts: RunCounts["items"] | undefined;
}): ReactElement {
  const navigate = useNavigate();
  // One filter may be told by being left for another, in the same moment: each adds to what the address is about to be.
  const change = (part: RunsSearch): void =>
    void navigate({ from: "/runs", to: ".", search: (last) => ({ ...last, ...part }), replace: true });
  const ofFunction = counts?.filter(({ functionId }) => search.function === undefined || functionId === search.function);
  const choices = RUN_STATUSES.map((status) => ({
    value: status,
    label: status,
    tone: RUN_TONES[status],
    count: ofFunction?.reduce((sum, each) => sum + (each.status === status ? each.count : 0), 0) ?? null,
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
          names={counts?.map(({ functionId }) => functionId) ?? []}
          chosen={search.function}
          onChange={(id) => change({ function: id })}
        />
        {/* Of an address that somebody wrote: what narrows the list down can be seen, and taken away. */}
        {search.event !== undefined && (
          <NameFilter label="Event" names={[]} chosen={search.event} onChange={(event) => change({ event })} />
        )}
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
