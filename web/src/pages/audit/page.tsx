// What people did to the app, as the log has it.
import { useInfiniteQuery } from "@tanstack/react-query";
import { createRoute, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import type { AuditEntry } from "../../../../server/contract/audit.ts";
import { auditQuery } from "../../api/audit.ts";
import { Button } from "../../components/button.tsx";
import { FilterBar, SearchBox } from "../../components/filter-bar.tsx";
import { Page } from "../../components/page.tsx";
import { PagedTable } from "../../components/paged-table.tsx";
import { Empty } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import type { Column } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { visible } from "../../text/visible.ts";
import { searchOf } from "../../url.ts";

export const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/audit",
  validateSearch: searchOf("target"),
  component: AuditPage,
});

function AuditPage(): ReactElement {
  const { target } = auditRoute.useSearch();
  const navigate = useNavigate();
  const entries = useInfiniteQuery(auditQuery(target));
  const show = (text: string): void => void navigate({ to: "/audit", search: text === "" ? {} : { target: text }, replace: true });
  return (
    <Page title="Audit">
      <p className="quiet">
        Whatever people did here and over the API, but for sending events. It is written to the log before it is done, and never changed.
      </p>
      <FilterBar label="Filters of the audit">
        <SearchBox label="Target" placeholder="Id of a run, a function, a dead letter" value={target ?? ""} onChange={show} />
      </FilterBar>
      <PagedTable<AuditEntry>
        label="Audit"
        query={entries}
        columns={COLUMNS}
        keyOf={({ id, outcome }) => `${id} ${outcome}`}
        empty={
          target === undefined ? (
            <Empty title="Nobody did anything yet" />
          ) : (
            <Empty title="Nobody did anything to it">
              <Button onClick={() => show("")}>Show all</Button>
            </Empty>
          )
        }
      />
    </Page>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { head: "When", width: "84px", phone: "side", cell: ({ at }) => <Time at={at} /> },
  { head: "Who", width: "minmax(80px, 0.8fr)", phone: "main", cell: ({ actor }) => <bdi>{visible(actor)}</bdi> },
  { head: "Did", width: "minmax(120px, 1fr)", phone: "main", cell: ({ operation }) => <strong>{visible(operation)}</strong> },
  {
    head: "To",
    width: "minmax(0, 1.4fr)",
    phone: "main",
    cell: ({ target }) => (
      <bdi className="mono" title={visible(target.slice(0, 2_000))}>
        {visible(target.slice(0, 200))}
      </bdi>
    ),
  },
  {
    head: "With",
    width: "minmax(0, 1.4fr)",
    phone: "hide",
    cell: ({ parameters, detail }) => <With parameters={parameters} detail={detail} />,
  },
  {
    head: "Outcome",
    width: "minmax(88px, 0.8fr)",
    phone: "side",
    cell: ({ outcome }) => <Status tone={outcome === "failed" ? "bad" : "calm"}>{outcome}</Status>,
  },
];

/** Why it failed says more than what it was asked with. */
function With({ parameters, detail }: Pick<AuditEntry, "parameters" | "detail">): ReactElement | null {
  const text = detail ?? (parameters === "{}" ? null : parameters);
  if (text === null) return null;
  return (
    <bdi className={detail === null ? "mono" : ""} title={visible(text.slice(0, 2_000))}>
      {visible(text.slice(0, 300))}
    </bdi>
  );
}
