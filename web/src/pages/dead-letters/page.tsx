// What could not be decided or handled, and what is to become of it: one, those that are selected, or all that a filter finds.
import "./dead-letters.css";

import { useInfiniteQuery } from "@tanstack/react-query";
import { createRoute, Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useState, type ReactElement } from "react";

import type { ListedDeadLetter } from "../../../../server/contract/dead-letters.ts";
import { useMay } from "../../api/app.ts";
import { deadLettersQuery, type DeadLetterAction } from "../../api/dead-letters.ts";
import { Button } from "../../components/button.tsx";
import { Chips, Field, FilterBar } from "../../components/filter-bar.tsx";
import { SpanFilter } from "../../components/filters.tsx";
import { FollowedOperation } from "../../components/operation.tsx";
import { Page } from "../../components/page.tsx";
import { PagedTable } from "../../components/paged-table.tsx";
import { Empty } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import type { Column } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { TypedFilter } from "../../components/typed-filter.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { visible } from "../../text/visible.ts";
import { ActOnAll } from "./act-on-all.tsx";
import { ActOnSome } from "./act-on-some.tsx";
import { filterOf, isNarrowed, readDeadLettersSearch, type DeadLettersSearch } from "./search.ts";
import { ACTION_WORDS, DEAD_LETTER_KINDS_SHOWN, DEAD_LETTER_OF, DEAD_LETTER_TONES } from "./words.ts";

export const deadLettersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/dead-letters",
  validateSearch: readDeadLettersSearch,
  component: DeadLettersPage,
});

const ACTIONS: readonly DeadLetterAction[] = ["retry", "discard"];
const NOBODY: ReadonlySet<string> = new Set();

function DeadLettersPage(): ReactElement {
  const search = deadLettersRoute.useSearch();
  const navigate = useNavigate();
  const mayOperate = useMay("operate");
  const filter = useMemo(() => filterOf(search), [search]);
  const found = useInfiniteQuery(deadLettersQuery(filter));
  const [selected, setSelected] = useState(NOBODY);
  const [asked, setAsked] = useState<{ readonly of: "some" | "all"; readonly action: DeadLetterAction } | null>(null);
  const [operation, setOperation] = useState<string | null>(null);

  // What was retried or discarded is done with.
  const mayAct = mayOperate && filter.state !== "retried" && filter.state !== "discarded";
  // What is not in the list any more cannot be meant.
  const ids = useMemo(() => found.data?.pages.flatMap(({ items }) => items.map(({ id }) => id)) ?? [], [found.data]);
  const chosen = ids.filter((id) => selected.has(id));

  return (
    <Page title="Dead letters">
      <Filters search={search} />
      {operation !== null && <FollowedOperation id={operation} />}
      {mayAct && ids.length > 0 && (
        <div className="row" role="group" aria-label="What to do with them">
          {ACTIONS.map((action) => (
            <Button key={action} disabled={chosen.length === 0} onClick={() => setAsked({ of: "some", action })}>
              {ACTION_WORDS[action].verb} selected ({chosen.length})
            </Button>
          ))}
          {ACTIONS.map((action) => (
            <Button key={`all ${action}`} look="bare" onClick={() => setAsked({ of: "all", action })}>
              {ACTION_WORDS[action].verb} all of this filter…
            </Button>
          ))}
        </div>
      )}
      <PagedTable<ListedDeadLetter>
        label="Dead letters"
        query={found}
        columns={COLUMNS}
        keyOf={({ id }) => id}
        nameOf={({ id, code }) => `${code} ${id}`}
        onOpen={({ id }) => void navigate({ to: "/dead-letters/$id", params: { id } })}
        {...(mayAct && { selection: { keys: selected, onChange: setSelected } })}
        empty={isNarrowed(search) ? <NoneFound /> : <NoneOpen />}
      />
      {asked?.of === "some" && (
        <ActOnSome action={asked.action} ids={chosen} onClose={() => setAsked(null)} onDone={() => setSelected(NOBODY)} />
      )}
      {asked?.of === "all" && <ActOnAll action={asked.action} filter={filter} onClose={() => setAsked(null)} onStarted={setOperation} />}
    </Page>
  );
}

const COLUMNS: readonly Column<ListedDeadLetter>[] = [
  { head: "State", width: "104px", phone: "side", cell: ({ state }) => <Status tone={DEAD_LETTER_TONES[state]}>{state}</Status> },
  {
    head: "Code",
    width: "minmax(150px, 1.5fr)",
    phone: "main",
    cell: ({ id, code }) => (
      <Link to="/dead-letters/$id" params={{ id }} tabIndex={-1}>
        {visible(code)}
      </Link>
    ),
  },
  {
    head: "What",
    width: "minmax(110px, 1.1fr)",
    phone: "main",
    cell: ({ kind, consumer, run, source }) => (
      <>
        {DEAD_LETTER_OF[kind]} <bdi className="quiet">{visible(consumer ?? run ?? source?.topic ?? "")}</bdi>
      </>
    ),
  },
  {
    head: "Why",
    width: "minmax(0, 1.8fr)",
    phone: "hide",
    cell: ({ reason }) => <bdi title={visible(reason.slice(0, 2_000))}>{visible(reason.slice(0, 300))}</bdi>,
  },
  { head: "Set aside", width: "88px", align: "end", phone: "side", cell: ({ at }) => <Time at={at} /> },
];

function Filters({ search }: { readonly search: DeadLettersSearch }): ReactElement {
  const navigate = useNavigate();
  // One filter may be told by being left for another, in the same moment: each adds to what the address is about to be.
  const change = (part: DeadLettersSearch): void =>
    void navigate({ from: "/dead-letters", to: ".", search: (last) => ({ ...last, ...part }), replace: true });
  const isOpen = [search.topic, search.consumer, search.since, search.until].some((each) => each !== undefined);
  return (
    <>
      <FilterBar label="Filters of dead letters">
        <Field label="Code">
          <TypedFilter value={search.code} maxLength={100} onChange={(code) => change({ code })} isSearch />
        </Field>
      </FilterBar>
      <div className="row letter-kinds">
        <Chips
          label="State"
          choices={STATES}
          chosen={[search.state ?? "open"]}
          onChange={(chosen) => {
            const state = chosen.find((each) => each !== (search.state ?? "open"));
            if (state !== undefined) change({ state: state === "open" ? undefined : state });
          }}
        />
        <Chips
          label="Kind"
          choices={KINDS}
          chosen={search.kind === undefined ? [] : [search.kind]}
          onChange={(chosen) => change({ kind: chosen.find((each) => each !== search.kind) })}
        />
      </div>
      <details className="more-filters" open={isOpen}>
        <summary>More filters</summary>
        <FilterBar label="More filters">
          <Field label="Topic">
            <TypedFilter value={search.topic} maxLength={249} onChange={(topic) => change({ topic })} />
          </Field>
          <Field label="Consumer">
            <TypedFilter value={search.consumer} maxLength={200} onChange={(consumer) => change({ consumer })} />
          </Field>
          <SpanFilter since={search.since} until={search.until} onChange={change} />
        </FilterBar>
      </details>
    </>
  );
}

const STATES = [
  { value: "open", label: "open", tone: DEAD_LETTER_TONES.open },
  { value: "retried", label: "retried", tone: DEAD_LETTER_TONES.retried },
  { value: "discarded", label: "discarded", tone: DEAD_LETTER_TONES.discarded },
  { value: "all", label: "all" },
];
const KINDS = Object.entries(DEAD_LETTER_KINDS_SHOWN).map(([value, label]) => ({ value, label }));

function NoneOpen(): ReactElement {
  return (
    <Empty title="Nothing is set aside">
      <p>What cannot be decided or handled comes here, with the reason, and stops nothing else.</p>
    </Empty>
  );
}

function NoneFound(): ReactElement {
  const navigate = useNavigate();
  return (
    <Empty title="No dead letter is like that">
      <Button onClick={() => void navigate({ to: "/dead-letters", search: {} })}>Show all that are open</Button>
    </Empty>
  );
}
