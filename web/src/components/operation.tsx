// Something that takes a while on the server: how far it is, how it ended, and a way to stop it.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";

import type { Operation } from "../../../server/contract/operations.ts";
import { useMay } from "../api/app.ts";
import { KEYS } from "../api/keys.ts";
import { ApiProblem } from "../api/problem.ts";
import { operationQuery, stopOperation } from "../api/operations.ts";
import { visible } from "../text/visible.ts";
import { Button } from "./button.tsx";
import { Confirm } from "./confirm.tsx";
import { Progress } from "./progress.tsx";
import { Failure, Loading, Notice } from "./states.tsx";
import { Status, type Tone } from "./status.tsx";
import { Time } from "./time.tsx";
import { tellDone } from "./toast.tsx";

const TONES: Readonly<Record<Operation["state"], Tone>> = { running: "busy", done: "good", failed: "bad", stopped: "calm" };

export function OperationStatus({ state }: { readonly state: Operation["state"] }): ReactElement {
  return <Status tone={TONES[state]}>{state}</Status>;
}

/** Follows it until it is over. */
export function FollowedOperation({ id }: { readonly id: string }): ReactElement {
  const operation = useQuery(operationQuery(id));
  if (operation.isPending) return <Loading what="the operation" rows={1} />;
  if (operation.error instanceof ApiProblem && operation.error.status === 404) {
    return <p className="quiet">Operation {visible(id)}: the server was started anew since, and knows no more about it.</p>;
  }
  if (operation.data === undefined) return <Failure error={operation.error} onRetry={() => void operation.refetch()} />;
  return <ShownOperation operation={operation.data} />;
}

export function ShownOperation({ operation }: { readonly operation: Operation }): ReactElement {
  const { id, title, state, done, total, detail, startedAt, endedAt, actor, error } = operation;
  const mayOperate = useMay("operate");
  const queries = useQueryClient();
  const [isStopping, setIsStopping] = useState(false);
  return (
    <section className="card stack" aria-label={visible(title)}>
      <div className="row">
        <OperationStatus state={state} />
        <strong className="breaks">{visible(title)}</strong>
        <span className="quiet push">
          {visible(actor)}, <Time at={endedAt ?? startedAt} />
        </span>
        {state === "running" && mayOperate && (
          <Button isSmall icon="stop" onClick={() => setIsStopping(true)}>
            Stop
          </Button>
        )}
      </div>
      {state === "running" && <Progress label={`Progress of ${visible(title)}`} done={done} total={total} />}
      {detail !== "" && (
        // While it goes on, that changes twice a second: read out, it would drown everything else.
        <p className="breaks" {...(state !== "running" && { role: "status" })}>
          {visible(detail)}
        </p>
      )}
      {error !== null && (
        <Notice tone="bad">
          <strong>{error.code}</strong> {visible(error.message)}
        </Notice>
      )}
      {isStopping && (
        <Confirm
          title="Stop this?"
          action="Stop"
          isDangerous
          onClose={() => setIsStopping(false)}
          onConfirm={async () => {
            await stopOperation(id);
            await Promise.all([KEYS.operations, KEYS.replays].map((queryKey) => queries.invalidateQueries({ queryKey })));
            tellDone("It was told to stop.");
          }}
        >
          <p>What is done stays done. The same can be started again later, and goes on with what is left.</p>
        </Confirm>
      )}
    </section>
  );
}
