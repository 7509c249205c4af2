// What can be done with a run. Each is asked about first, and stands in the audit afterwards.
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";

import { useMay } from "../../../api/app.ts";
import { KEYS } from "../../../api/keys.ts";
import { cancelRun, releaseRun } from "../../../api/runs.ts";
import type { ShownRun } from "../../../../../server/contract/runs.ts";
import { Button } from "../../../components/button.tsx";
import { Confirm } from "../../../components/confirm.tsx";
import { Field, Input } from "../../../components/filter-bar.tsx";
import { tellDone } from "../../../components/toast.tsx";
import { visible } from "../../../text/visible.ts";
import { canBeReleased, isOver } from "./is-over.ts";
import { RerunDialog } from "./rerun.tsx";

interface Props {
  readonly run: ShownRun;
  /** Key of the step that a re-run is to begin with; null: none is asked for. */
  readonly rerunFrom: string | null | undefined;
  /** Undefined closes it. */
  readonly onRerun: (from: string | null | undefined) => void;
}

export function RunActions({ run, rerunFrom, onRerun }: Props): ReactElement | null {
  const [asked, setAsked] = useState<"cancel" | "release" | null>(null);
  if (!useMay("operate")) return null;
  return (
    <>
      {canBeReleased(run) && (
        <Button icon="release" look="primary" onClick={() => setAsked("release")}>
          Release
        </Button>
      )}
      {run.startedAt !== null && (
        <Button icon="rerun" onClick={() => onRerun(null)}>
          Re-run
        </Button>
      )}
      {!isOver(run) && (
        <Button icon="cancel" look="danger" onClick={() => setAsked("cancel")}>
          Cancel
        </Button>
      )}
      {asked === "cancel" && <CancelDialog run={run} onClose={() => setAsked(null)} />}
      {asked === "release" && <ReleaseDialog run={run} onClose={() => setAsked(null)} />}
      {rerunFrom !== undefined && <RerunDialog run={run} from={rerunFrom} onClose={() => onRerun(undefined)} />}
    </>
  );
}

interface DialogProps {
  readonly run: ShownRun;
  readonly onClose: () => void;
}

function CancelDialog({ run, onClose }: DialogProps): ReactElement {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  return (
    <Confirm
      title={`Cancel this run of ${visible(run.functionId)}?`}
      action="Cancel the run"
      isDangerous
      onClose={onClose}
      onConfirm={async () => {
        const { detail } = await cancelRun(run.id, reason);
        tellDone(detail);
        await queries.invalidateQueries({ queryKey: [...KEYS.run, run.id] });
      }}
    >
      <p>A step that executes right now is told to stop, and no further step begins. What was done stays done: nothing is undone.</p>
      <Field label="Reason, for the audit">
        <Input value={reason} maxLength={1_000} onChange={({ target }) => setReason(target.value)} />
      </Field>
    </Confirm>
  );
}

function ReleaseDialog({ run, onClose }: DialogProps): ReactElement {
  const queries = useQueryClient();
  // What it was when it was asked about: somebody else may release it meanwhile.
  const [status] = useState(run.status);
  return (
    <Confirm
      title={`Release this run of ${visible(run.functionId)}?`}
      action="Release the run"
      onClose={onClose}
      onConfirm={async () => {
        const { detail } = await releaseRun(run.id);
        tellDone(detail);
        await queries.invalidateQueries({ queryKey: [...KEYS.run, run.id] });
      }}
    >
      <p>
        {status === "quarantined"
          ? "It was set aside because processes ended while its code executed. It is executed again: should its code still end the process, workers die once more before it is set aside again. Deploy the fix first."
          : "It was set aside because its code is not what it was recorded with. It goes on with the code that is deployed now: deploy the fix first."}
      </p>
    </Confirm>
  );
}
