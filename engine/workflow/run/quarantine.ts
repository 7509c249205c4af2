// A run that owners die of is set aside: its code is not called until people release it. So is one that is parked.
import type { RunId } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import { owe } from "../emission/emission.ts";
import { encodeEvent } from "../event/cloud-event.ts";
import type { ReleaseRun, RunQuarantined, RunReleased } from "../records.ts";
import { RUNNING, type PartitionState } from "../state.ts";
import { returnAllSlots } from "../flow/limits/slots.ts";
import { expose, LONE_SUSPICION, NEVER, noteProgress } from "./suspicion.ts";

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
  run.alone = false;
  returnAllSlots(state, run);
}

export function evolveRunReleased(state: PartitionState, { run: id }: RunReleased): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  const wasQuarantined = run.status.status === "quarantined";
  run.status = RUNNING;
  run.resting = false;
  noteProgress(run);
  // Whether its code was mended is not known before it has said something: until then it is called alone.
  if (wasQuarantined) run.suspicion = LONE_SUSPICION;
  else expose(state, run);
}

export function decideQuarantineRun(state: PartitionState, { run: id }: QuarantineRun, now: number): Decision {
  const run = state.runs.get(id);
  if (run === undefined) return ignored("run is over");
  const reason = `its owner ended without a word ${run.lanes} times in a row while this run alone was being called: its code ends the process, or blocks it`;
  const { id: eventId, name, key, data } = run.event;
  const head = JSON.stringify({ runId: id, functionId: run.functionId, reason, event: { id: eventId, name, key } });
  const letter = encodeEvent({
    id: `${id}/quarantined`,
    name: RUN_QUARANTINED,
    source: `millrace/${run.functionId}`,
    time: now,
    key,
    // What the event's data says is JSON already; parsed, it may be nested too deeply to be written again.
    data: `${head.slice(0, -2)},"data":${data}}}`,
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
