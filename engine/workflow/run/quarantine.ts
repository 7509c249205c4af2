// A run that owners die of is set aside: its code is not called until people release it. So is one that is parked.
import type { RunId } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import { owe } from "../emission/emission.ts";
import { encodeEvent } from "../event/cloud-event.ts";
import type { ReleaseRun, RunQuarantined, RunReleased } from "../records.ts";
import { RUNNING, type PartitionState } from "../state.ts";
import { expose, NEVER, noteProgress } from "./suspicion.ts";

export const RUN_QUARANTINED = "millrace/run.quarantined";

/** Its owners died each time that it was called alone. */
export interface QuarantineRun {
  readonly type: "QuarantineRun";
  readonly run: RunId;
}

export function evolveRunQuarantined(state: PartitionState, { run: id, reason }: RunQuarantined): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  run.status = { status: "quarantined", reason };
  run.exposed = NEVER;
}

export function evolveRunReleased(state: PartitionState, { run: id }: RunReleased): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  run.status = RUNNING;
  run.resting = false;
  expose(state, run);
  noteProgress(run);
}

export function decideQuarantineRun(state: PartitionState, { run: id }: QuarantineRun, now: number): Decision {
  const run = state.runs.get(id);
  if (run === undefined) return ignored("run is over");
  const reason = `the process died ${run.lanes} times in a row while nothing but this run was being resumed`;
  const { id: eventId, name, key, data } = run.event;
  const letter = encodeEvent({
    id: `${id}/quarantined`,
    name: RUN_QUARANTINED,
    source: `millrace/${run.functionId}`,
    time: now,
    key,
    data: JSON.stringify({
      runId: id,
      functionId: run.functionId,
      reason,
      event: { id: eventId, name, key, data: JSON.parse(data) as unknown },
    }),
  });
  const headers = { ...letter.headers, "mr-code": "RUN_QUARANTINED", "mr-reason": reason, "mr-run": id };
  return decided(
    { type: "RunQuarantined", run: id, reason },
    owe(state, {
      target: "deadLetter",
      key: letter.key,
      value: letter.value,
      headers: Object.fromEntries(Object.entries(headers).map(([header, text]) => [header, Buffer.from(text)])),
    }),
  );
}

export function decideReleaseRun(state: PartitionState, { run: id }: ReleaseRun): Decision {
  const status = state.runs.get(id)?.status.status;
  if (status !== "quarantined" && status !== "parked") return ignored("the run is neither quarantined nor parked");
  return decided({ type: "RunReleased", run: id });
}
