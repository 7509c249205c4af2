// Partitions: who owns each, how far it is, and whether its state is what the log says.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createRoute } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";

import type { ShownPartition } from "../../../../server/contract/partitions.ts";
import { useMay } from "../../api/app.ts";
import { KEYS } from "../../api/keys.ts";
import { operationsQuery } from "../../api/operations.ts";
import { isOfRun, partitionsQuery, verifyPartitions } from "../../api/partitions.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { FollowedOperation } from "../../components/operation.tsx";
import { Page } from "../../components/page.tsx";
import { Progress } from "../../components/progress.tsx";
import { SmallTable, type SmallColumn } from "../../components/small-table.tsx";
import { Empty, Failure, Loading, Notice } from "../../components/states.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { Time } from "../../components/time.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";

export const partitionsRoute = createRoute({ getParentRoute: () => rootRoute, path: "/partitions", component: PartitionsPage });

function PartitionsPage(): ReactElement {
  const partitions = useQuery(partitionsQuery);
  const operations = useQuery(operationsQuery);
  const mayOperate = useMay("operate");
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const lastVerify = operations.data?.filter(({ kind }) => kind === "verify").toSorted((a, b) => b.startedAt - a.startedAt)[0];
  const troubled = partitions.data?.filter(({ local }) => (local?.problems.length ?? 0) > 0) ?? [];
  return (
    <Page
      title="Partitions"
      actions={
        mayOperate && (
          <Button icon="check" disabled={lastVerify?.state === "running"} onClick={() => setIsAsking(true)}>
            Verify
          </Button>
        )
      }
    >
      {troubled.map(({ partition, local }) => (
        <Notice key={partition} tone={local?.problems.every(isOfRun) === true ? "warn" : "bad"}>
          Partition {partition}: {visible(local?.problems.join("; ") ?? "")}
        </Notice>
      ))}
      {lastVerify !== undefined && <FollowedOperation id={lastVerify.id} />}
      {partitions.isPending && <Loading what="partitions" rows={8} />}
      {partitions.data === undefined && partitions.isError && (
        <Failure error={partitions.error} onRetry={() => void partitions.refetch()} />
      )}
      {partitions.data?.length === 0 && (
        <Empty title="The app has no partitions yet">
          <p>Its topics are made when a worker starts for the first time.</p>
        </Empty>
      )}
      {(partitions.data?.length ?? 0) > 0 && (
        <SmallTable<ShownPartition>
          label="Partitions"
          columns={COLUMNS}
          rows={partitions.data ?? []}
          keyOf={({ partition }) => partition}
        />
      )}
      {isAsking && (
        <Confirm
          title="Verify all partitions?"
          action="Verify"
          onClose={() => setIsAsking(false)}
          onConfirm={async () => {
            await verifyPartitions();
            await queries.invalidateQueries({ queryKey: KEYS.operations });
          }}
        >
          <p>
            Each owner tells a digest of its state, and the state is built again from the journal, from its beginning: equal digests prove
            them the same. It reads every journal once, and changes nothing.
          </p>
        </Confirm>
      )}
    </Page>
  );
}

const COLUMNS: readonly SmallColumn<ShownPartition>[] = [
  { head: "Partition", cell: ({ partition }) => partition },
  { head: "State", cell: (of) => <LocalStatus of={of} /> },
  {
    head: "Owner",
    cell: ({ owner, epoch }) => (owner === null ? <span className="quiet">nobody yet</span> : <Owner owner={owner} epoch={epoch} />),
  },
  { head: "Last frame", align: "end", cell: ({ lsn, at }) => <Frame lsn={lsn} at={at} /> },
  { head: "Journal", cell: ({ journal }) => <Journal journal={journal} /> },
  { head: "Open runs", align: "end", cell: ({ local }) => (local === null ? <Unknown /> : amount(local.openRuns)) },
  { head: "Executing", align: "end", cell: ({ local }) => (local === null ? <Unknown /> : amount(local.executingSteps)) },
  { head: "Waiting", align: "end", cell: ({ local }) => (local === null ? <Unknown /> : amount(local.queued)) },
  { head: "Digest", cell: ({ digest }) => <Digest digest={digest} /> },
];

function LocalStatus({ of: { partition, owner, ownerAlive, local } }: { readonly of: ShownPartition }): ReactElement {
  if (local === null && ownerAlive === false) return <Status tone="bad">its owner is not alive</Status>;
  if (local === null) return <span className="quiet">{owner === null ? "nobody owns it" : "owned by another process"}</span>;
  return (
    <div className="stack">
      <span>
        <Status tone={toneOf(local)}>{local.status.toLowerCase()}</Status>
      </span>
      {local.restore !== null && (
        <Progress label={`Restoring partition ${partition}`} done={local.restore.done} total={local.restore.total} />
      )}
    </div>
  );
}

function Owner({ owner, epoch }: { readonly owner: string; readonly epoch: number | null }): ReactElement {
  return (
    <>
      <bdi>{visible(owner)}</bdi>
      {epoch !== null && <span className="quiet"> epoch {epoch}</span>}
    </>
  );
}

function Frame({ lsn, at }: { readonly lsn: number; readonly at: number | null }): ReactElement {
  return (
    <>
      {lsn.toLocaleString("en")}
      {at !== null && (
        <span className="quiet">
          {" "}
          <Time at={at} />
        </span>
      )}
    </>
  );
}

function Journal({ journal: { topic, position, end } }: { readonly journal: ShownPartition["journal"] }): ReactElement {
  return (
    <span title={visible(topic)}>
      {position.toLocaleString("en")} <span className="quiet">of {end.toLocaleString("en")}</span>
    </span>
  );
}

function Digest({ digest }: { readonly digest: ShownPartition["digest"] }): ReactElement {
  if (digest === null) return <span className="quiet">not told yet</span>;
  return (
    <>
      <code title={digest.digest}>{digest.digest.slice(0, 12)}</code>{" "}
      <span className="quiet">
        at {digest.lsn.toLocaleString("en")}, <Time at={digest.at} />
      </span>
    </>
  );
}

function Unknown(): ReactElement {
  return (
    <span className="quiet">
      <span aria-hidden="true">–</span>
      <span className="unseen">not known here</span>
    </span>
  );
}

function toneOf({ status, problems }: NonNullable<ShownPartition["local"]>): Tone {
  if (problems.length > 0) return problems.every(isOfRun) ? "warn" : "bad";
  if (status === "RUNNING") return "good";
  return /STOPPED|FAILED|FENCED/.test(status) ? "bad" : "busy";
}
