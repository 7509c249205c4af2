// Back-fills, as the journals tell them: whoever began them, and whatever server that was. Those that are not over can be told to rest, go on, or end.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";

import type { Backfill } from "../../../../server/contract/backfills.ts";
import { useMay } from "../../api/app.ts";
import { backfillsQuery, commandBackfill, isOver, type BackfillCommand } from "../../api/backfills.ts";
import { KEYS } from "../../api/keys.ts";
import { operationsQuery } from "../../api/operations.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/confirm.tsx";
import type { IconName } from "../../components/icon.tsx";
import { ShownOperation } from "../../components/operation.tsx";
import { Progress } from "../../components/progress.tsx";
import { Failure, Loading, Notice } from "../../components/states.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { Time } from "../../components/time.tsx";
import { tellDone } from "../../components/toast.tsx";
import { amount, exactTime } from "../../text/time.ts";
import { visible } from "../../text/visible.ts";

const TONES: Readonly<Record<Backfill["status"], Tone>> = {
  running: "busy",
  paused: "warn",
  done: "good",
  cancelled: "calm",
  abandoned: "bad",
};

const OVER_SHOWN = 3;

export function Backfills(): ReactElement {
  const backfills = useQuery(backfillsQuery);
  const operations = useQuery(operationsQuery);
  if (backfills.isPending) return <Loading what="back-fills" rows={2} />;
  if (backfills.data === undefined) return <Failure error={backfills.error} onRetry={() => void backfills.refetch()} />;
  const known = new Set(backfills.data.map(({ id }) => id));
  // This server has told partitions of them, and none has decided it yet; or it could not.
  const untold = operations.data?.filter(({ kind, id, state }) => kind === "backfill" && state !== "done" && !known.has(id)) ?? [];
  const newest = new Set(backfills.data.filter(isOver).slice(0, OVER_SHOWN));
  const older = backfills.data.filter((one) => isOver(one) && !newest.has(one));
  const shown = backfills.data.filter((one) => !older.includes(one));
  if (backfills.data.length + untold.length === 0) return <p className="quiet">There was no back-fill yet.</p>;
  return (
    <section className="stack" aria-labelledby="backfills">
      <h2 id="backfills">Back-fills</h2>
      {untold.map((operation) => (
        <ShownOperation key={operation.id} operation={operation} />
      ))}
      {shown.map((backfill) => (
        <ShownBackfill key={backfill.id} of={backfill} />
      ))}
      {older.length > 0 && (
        <details className="stack">
          <summary>Older ones ({amount(older.length)})</summary>
          {older.map((backfill) => (
            <ShownBackfill key={backfill.id} of={backfill} />
          ))}
        </details>
      )}
    </section>
  );
}

function ShownBackfill({ of }: { readonly of: Backfill }): ReactElement {
  const { id, functionId, status, total, left, reasons, unheard, isCut } = of;
  const isOpen = !isOver(of);
  return (
    <section className="card stack" aria-label={visible(`Back-fill ${id}`)}>
      <div className="row">
        <Status tone={TONES[status]}>{status}</Status>
        <strong className="breaks">{visible(functionId)}</strong>
        <code className="quiet breaks">{visible(id)}</code>
        <span className="push">{isOpen && <Commands of={of} />}</span>
      </div>
      {isOpen && <Progress label={`Offsets that back-fill ${visible(id)} has looked at`} done={total - left} total={total} />}
      <p className="breaks">{words(of)}</p>
      {isCut && <Notice tone="warn">A topic begins behind the time that was asked for: nobody knows how many events are gone.</Notice>}
      {reasons.map((reason) => (
        <Notice key={reason} tone={status === "abandoned" ? "bad" : "calm"}>
          {visible(reason)}
        </Notice>
      ))}
      {isOpen && unheard.length > 0 && (
        <Notice tone="warn">
          Partition{unheard.length > 1 && "s"} {unheard.join(", ")} {unheard.length > 1 ? "have" : "has"} not heard of it: no worker owns{" "}
          {unheard.length > 1 ? "them" : "it"}, or its owner is behind.
        </Notice>
      )}
      <p className="quiet">
        Began <Time at={of.startedAt} />
      </p>
    </section>
  );
}

function words({ since, until, rate, started, skipped, missing }: Backfill): string {
  const parts = [
    `Events from ${since === null ? "the beginning" : exactTime(since)}`,
    ...(until === null ? [] : [`until ${exactTime(until)}`]),
    rate === 0 ? "as fast as it goes" : `${amount(rate)} a second at most`,
  ];
  const counts = [
    `${amount(started)} entered the function`,
    `${amount(skipped)} had entered it before`,
    ...(missing === 0 ? [] : [`${amount(missing)} offsets are gone from their topics`]),
  ];
  return `${parts.join(", ")}: ${counts.join(", ")}.`;
}

interface Words {
  readonly verb: string;
  readonly icon: IconName;
  readonly effect: string;
}

const WORDS: Readonly<Record<BackfillCommand, Words>> = {
  pause: {
    verb: "Pause",
    icon: "pause",
    effect: "It gives the function no further events until it is resumed. Runs that it has started go on.",
  },
  resume: { verb: "Resume", icon: "play", effect: "It goes on with the event behind the last that it gave." },
  cancel: {
    verb: "Cancel",
    icon: "cancel",
    effect: "It ends for good. Runs that it has started go on; another back-fill of the function gives it what is left.",
  },
};

function Commands({ of: { id, functionId, status } }: { readonly of: Backfill }): ReactElement | null {
  const mayOperate = useMay("operate");
  const queries = useQueryClient();
  // What the button said when it was pressed.
  const [asked, setAsked] = useState<BackfillCommand | null>(null);
  if (!mayOperate) return null;
  const offered: readonly BackfillCommand[] = [status === "paused" ? "resume" : "pause", "cancel"];
  return (
    <>
      <span className="row">
        {offered.map((command) => (
          <Button
            key={command}
            isSmall
            icon={WORDS[command].icon}
            look={command === "cancel" ? "danger" : "plain"}
            aria-label={`${WORDS[command].verb} back-fill ${visible(id)}`}
            onClick={() => setAsked(command)}
          >
            {WORDS[command].verb}
          </Button>
        ))}
      </span>
      {asked !== null && (
        <Confirm
          title={`${WORDS[asked].verb} the back-fill of ${visible(functionId)}?`}
          action={WORDS[asked].verb}
          isDangerous={asked === "cancel"}
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            const { detail } = await commandBackfill(id, asked);
            tellDone(detail);
            await Promise.all([KEYS.backfills, KEYS.operations].map((queryKey) => queries.invalidateQueries({ queryKey })));
          }}
        >
          <p>{WORDS[asked].effect}</p>
        </Confirm>
      )}
    </>
  );
}
