// Consumers: how far each version of them is, and its lag over time.
import "../../components/lists.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createRoute, Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";

import type { ShownConsumer } from "../../../../server/contract/consumers.ts";
import { useMay } from "../../api/app.ts";
import { commandConsumer, consumersOwnersQuery, consumersQuery } from "../../api/consumers.ts";
import { KEYS } from "../../api/keys.ts";
import { LineChart } from "../../charts/line-chart.tsx";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { Page } from "../../components/page.tsx";
import { SmallTable, type SmallColumn } from "../../components/small-table.tsx";
import { Empty, Failure, Loading, Notice } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { Time } from "../../components/time.tsx";
import { tellDone } from "../../components/toast.tsx";
import { rootRoute } from "../../shell/root.tsx";
import { amount } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";

export const consumersRoute = createRoute({ getParentRoute: () => rootRoute, path: "/consumers", component: ConsumersPage });

function ConsumersPage(): ReactElement {
  // Who has just paused one wants to see it.
  const consumers = useQuery({ ...consumersQuery, refetchInterval: 5_000 });
  const byId = Map.groupBy(consumers.data ?? [], ({ id }) => id);
  return (
    <Page title="Consumers">
      {consumers.isPending && <Loading what="consumers" rows={8} />}
      {consumers.data === undefined && consumers.isError && <Failure error={consumers.error} onRetry={() => void consumers.refetch()} />}
      {consumers.data?.length === 0 && <NoneYet />}
      {[...byId].map(([id, versions]) => (
        <Consumer key={id} id={id} versions={versions.toSorted((a, b) => b.version - a.version)} />
      ))}
    </Page>
  );
}

function Consumer({ id, versions }: { readonly id: string; readonly versions: readonly ShownConsumer[] }): ReactElement {
  const isPaused = versions.some(({ paused }) => paused);
  const lines = versions
    .filter(({ history }) => history.length > 0)
    .map(({ version, history }) => ({ name: `version ${version}`, points: history.map(({ at, lag }) => ({ at, value: lag })) }));
  const lag = versions.map(({ version, lag: behind }) => `version ${version} ${behind === null ? "unknown" : amount(behind)}`).join(", ");
  return (
    <section className="card stack" aria-labelledby={`consumer-${id}`}>
      <div className="row">
        <h2 id={`consumer-${id}`}>{visible(id)}</h2>
        {isPaused && <Status tone="warn">paused</Status>}
        <span className="push">
          <PauseConsumer id={id} isPaused={isPaused} />
        </span>
      </div>
      {lines.length > 0 && (
        <LineChart
          title={`Lag of ${visible(id)} over the last hour`}
          description={`Events behind now: ${lag}`}
          unit="events"
          lines={lines}
        />
      )}
      {versions.map((version) => (
        <Version key={version.version} of={version} />
      ))}
    </section>
  );
}

function Version({ of }: { readonly of: ShownConsumer }): ReactElement {
  const { id, version, workers, lag, deadLetters } = of;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="stack">
      <div className="row">
        <h3>Version {version}</h3>
        <span>
          {lag === null
            ? "how far it is behind is not known"
            : lag === 0
              ? "has read everything"
              : `${amount(lag)} ${lag === 1 ? "event" : "events"} behind`}
        </span>
        {deadLetters > 0 && (
          <Link to="/dead-letters" search={{ consumer: id }}>
            {amount(deadLetters)} dead {deadLetters === 1 ? "letter" : "letters"}
          </Link>
        )}
      </div>
      {workers === 0 && <Notice tone="warn">No worker runs it. What it has done stands in its topics, and it goes on from there.</Notice>}
      <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
        <summary>Partitions of version {version}</summary>
        {isOpen && <Partitions id={id} version={version} />}
      </details>
    </div>
  );
}

/** As their owners say: they are asked when somebody looks. */
function Partitions({ id, version }: { readonly id: string; readonly version: number }): ReactElement {
  const asked = useQuery(consumersOwnersQuery);
  if (asked.isPending) return <Loading what="what the owners of its partitions say" rows={2} />;
  if (asked.data === undefined) return <Failure error={asked.error} onRetry={() => void asked.refetch()} />;
  const { partitions = null, askedAt = null } = asked.data.find((one) => one.id === id && one.version === version) ?? {};
  if (partitions === null) {
    return (
      <div className="stack">
        <Notice tone="warn">Not all owners of its partitions answered: it does not run, or has more to do.</Notice>
        <div>
          <Button isSmall disabled={asked.isFetching} onClick={() => void asked.refetch()}>
            Ask again
          </Button>
        </div>
      </div>
    );
  }
  return (
    <>
      <SmallTable<Partition>
        label={`Partitions of ${visible(id)}, version ${version}`}
        columns={COLUMNS}
        rows={partitions}
        keyOf={({ partition }) => partition}
      />
      <p className="quiet">
        As their owners said <Time at={askedAt} />. They are asked once a minute while this is open: each answer is written to their
        journals.
      </p>
    </>
  );
}

type Partition = NonNullable<ShownConsumer["partitions"]>[number];

const COLUMNS: readonly SmallColumn<Partition>[] = [
  { head: "Partition", cell: ({ partition }) => partition },
  { head: "Mode", cell: ({ mode, paused }) => (paused ? <Status tone="warn">paused</Status> : visible(mode)) },
  { head: "Behind", align: "end", cell: ({ positions }) => amount(positions.reduce((sum, { lag }) => sum + lag, 0)) },
  { head: "To handle", align: "end", cell: ({ owed }) => amount(owed) },
  {
    head: "Has read up to",
    cell: ({ positions }) => (
      <ul className="plain-list">
        {positions.map(({ topic, partition, offset, lag }) => (
          <li key={`${topic}/${partition}`}>
            <code>
              {visible(topic)}/{partition}
            </code>{" "}
            {offset.toLocaleString("en")}
            {lag > 0 && <span className="quiet"> ({amount(lag)} behind)</span>}
          </li>
        ))}
      </ul>
    ),
  },
];

function PauseConsumer({ id, isPaused }: { readonly id: string; readonly isPaused: boolean }): ReactElement | null {
  const mayOperate = useMay("operate");
  const queries = useQueryClient();
  // What the button said when it was pressed: somebody else may pause or resume it meanwhile.
  const [command, setCommand] = useState<"pause" | "resume" | null>(null);
  if (!mayOperate) return null;
  const name = visible(id);
  return (
    <>
      <Button
        isSmall
        icon={isPaused ? "play" : "pause"}
        onClick={() => setCommand(isPaused ? "resume" : "pause")}
        aria-label={`${isPaused ? "Resume" : "Pause"} ${name}`}
      >
        {isPaused ? "Resume" : "Pause"}
      </Button>
      {command !== null && (
        <Confirm
          title={command === "resume" ? `Resume ${name}?` : `Pause ${name}?`}
          action={command === "resume" ? "Resume" : "Pause"}
          onClose={() => setCommand(null)}
          onConfirm={async () => {
            await commandConsumer(id, command);
            tellDone(`${name} was told to ${command}`);
            await Promise.all([KEYS.consumers, KEYS.consumersOwners].map((queryKey) => queries.invalidateQueries({ queryKey })));
          }}
        >
          <p>
            {command === "resume"
              ? "It goes on reading from where it stopped. Nothing was lost meanwhile."
              : "It reads no further and handles nothing, in all of its versions, until it is resumed. Events stay in their topics: nothing is lost, but its lag grows."}
          </p>
        </Confirm>
      )}
    </>
  );
}

function NoneYet(): ReactElement {
  return (
    <Empty title="The app has no consumers">
      <p>A consumer makes state of events, or does something for each of them, beside the functions.</p>
      <pre>npx millrace new consumer totals</pre>
    </Empty>
  );
}
