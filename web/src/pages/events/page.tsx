// The list of events, live. What it shows stands in the address.
import "../../components/lists.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";

import type { ListedEvent } from "../../../../server/contract/events.ts";
import { useMay } from "../../api/app.ts";
import { eventsQuery, eventTypesQuery, type EventFilter } from "../../api/events.ts";
import { Button, buttonClass } from "../../components/button.tsx";
import { Field, FilterBar, SearchBox } from "../../components/filter-bar.tsx";
import { NameFilter, SpanFilter } from "../../components/filters.tsx";
import { timeOf } from "../../components/local-time.tsx";
import { Page } from "../../components/page.tsx";
import { PagedTable } from "../../components/paged-table.tsx";
import { Empty } from "../../components/states.tsx";
import type { Column } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { TypedFilter } from "../../components/typed-filter.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";
import { searchOf } from "../../url.ts";

const readSearch = searchOf("search", "name", "key", "since", "until");
type EventsSearch = ReturnType<typeof readSearch>;

export const eventsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/events",
  validateSearch: readSearch,
  component: EventsPage,
});

function EventsPage(): ReactElement {
  const search = eventsRoute.useSearch();
  const navigate = useNavigate();
  const maySend = useMay("send");
  const filter = useMemo(() => filterOf(search), [search]);
  const events = useInfiniteQuery(eventsQuery(filter));
  return (
    <Page
      title="Events"
      actions={
        maySend && (
          <Link to="/send" className={buttonClass("primary")}>
            Send an event
          </Link>
        )
      }
    >
      <EventFilters search={search} />
      <PagedTable<ListedEvent>
        label="Events"
        query={events}
        columns={COLUMNS}
        keyOf={({ origin }) => origin}
        onOpen={({ origin }) => void navigate({ to: "/events/$id", params: { id: origin } })}
        empty={Object.values(filter).some((value) => value !== undefined) ? <NoneFound /> : <NoneYet />}
      />
    </Page>
  );
}

const COLUMNS: readonly Column<ListedEvent>[] = [
  {
    head: "Event",
    width: "minmax(140px, 1.4fr)",
    phone: "main",
    cell: ({ origin, name, corrects }) => (
      <>
        <Link to="/events/$id" params={{ id: origin }} tabIndex={-1}>
          <bdi>{visible(name)}</bdi>
        </Link>
        {corrects !== null && <span className="quiet"> corrects another</span>}
      </>
    ),
  },
  {
    head: "Key",
    width: "minmax(80px, 1fr)",
    phone: "main",
    cell: ({ key }) => key !== null && <bdi title={visible(key)}>{visible(key)}</bdi>,
  },
  { head: "Id", width: "minmax(0, 1.2fr)", phone: "hide", cell: ({ id }) => <code title={visible(id)}>{visible(id)}</code> },
  {
    head: "Stands at",
    width: "minmax(0, 1.2fr)",
    phone: "hide",
    cell: ({ origin }) => (
      <span className="quiet" title={visible(origin)}>
        {visible(origin)}
      </span>
    ),
  },
  {
    head: "Runs",
    width: "64px",
    align: "end",
    phone: "side",
    cell: ({ runs }) => (
      <span>
        {amount(runs)}
        <span className="phone-word"> {runs === 1 ? "run" : "runs"}</span>
      </span>
    ),
  },
  { head: "Came", width: "84px", align: "end", phone: "side", cell: ({ appendedAt }) => <Time at={appendedAt} /> },
];

function EventFilters({ search }: { readonly search: EventsSearch }): ReactElement {
  const navigate = useNavigate();
  const types = useQuery(eventTypesQuery);
  // One filter may be told by being left for another, in the same moment: each adds to what the address is about to be.
  const change = (part: EventsSearch): void =>
    void navigate({ from: "/events", to: ".", search: (last) => ({ ...last, ...part }), replace: true });
  return (
    <FilterBar label="Filters of events">
      <SearchBox
        label="Search"
        placeholder="Part of an id or a name"
        value={search.search ?? ""}
        onChange={(text) => change({ search: text || undefined })}
      />
      <NameFilter
        label="Name"
        names={(types.data ?? []).map(({ name }) => name)}
        chosen={search.name}
        onChange={(name) => change({ name })}
      />
      <Field label="Key">
        <TypedFilter value={search.key} maxLength={1_000} onChange={(key) => change({ key })} />
      </Field>
      <SpanFilter since={search.since} until={search.until} onChange={change} />
    </FilterBar>
  );
}

function NoneYet(): ReactElement {
  const maySend = useMay("send");
  return (
    <Empty title="No events yet">
      <p>Events stand here as soon as they start a run, or a run gets what it waited for.</p>
      {maySend && (
        <Link to="/send" className={buttonClass("primary")}>
          Send one
        </Link>
      )}
    </Empty>
  );
}

function NoneFound(): ReactElement {
  const navigate = useNavigate();
  return (
    <Empty title="No event is like that">
      <p>Events that started no run and were waited for by none are in the log, but not in this list: is the name right?</p>
      <Button onClick={() => void navigate({ to: "/events", search: {} })}>Show all events</Button>
    </Empty>
  );
}

function filterOf({ search, name, key, since, until }: EventsSearch): EventFilter {
  return { search, name, key, since: timeOf(since), until: timeOf(until) };
}
