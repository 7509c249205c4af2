// A run invokes another: the child lives in a partition of its own, and tells its parent how it ended.
import { deriveRunId, partitionOfRun, type RunId, type StepKey } from "../../core/ids.ts";
import { partitionOfKey } from "../../core/murmur2.ts";
import { decided, decidedAndTold, ignored, type Decision } from "../decision.ts";
import type { ChildInvoked, Failure } from "../records.ts";
import { factsOf } from "../expression/event-facts.ts";
import { homeOf } from "../flow/gates/places.ts";
import { returnAllSlots } from "../flow/limits/slots.ts";
import { endBackOff } from "../run/attempt.ts";
import { cancelChild } from "../run/end.ts";
import { tooManySteps } from "../run/limits.ts";
import { noteProgress } from "../run/suspicion.ts";
import type { PartitionState } from "../state.ts";

export const FUNCTION_INVOKED = "millrace/function.invoked";

export interface InvokeChild {
  readonly type: "InvokeChild";
  readonly run: RunId;
  readonly step: StepKey;
  readonly functionId: string;
  /** JSON. */
  readonly data: string;
  readonly timeoutMs: number | null;
  readonly detached: boolean;
  readonly resting: boolean;
  /** W3C trace context of the step; null, the default, where nobody traces. */
  readonly trace?: string | null;
}

/** A child was not over in time. */
export interface ExpireChild {
  readonly type: "ExpireChild";
  readonly run: RunId;
  readonly step: StepKey;
}

export function evolveChildInvoked(state: PartitionState, record: ChildInvoked, time: number): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  const { child, functionId, deadline, detached, resting } = record;
  run.steps.set(record.step, { status: "invoking", child, functionId, deadline, detached, began: time });
  endBackOff(run);
  noteProgress(run);
  run.resting = resting;
  if (resting) returnAllSlots(state, run);
  if (deadline !== null) state.timers.push({ kind: "step", at: deadline, run: record.run, step: record.step });
}

export function decideInvokeChild(state: PartitionState, input: InvokeChild, now: number): Decision {
  const { run: id, step, functionId, data, timeoutMs, detached, resting, trace = null } = input;
  const run = state.runs.get(id);
  if (run === undefined) return ignored("run is over");
  if (run.steps.has(step)) return ignored("step is already decided");
  const refused = tooManySteps(state, run, step, now);
  if (refused !== null) return refused;
  if (state.manifest?.functions.has(functionId) !== true) {
    const message = `There is no function ${JSON.stringify(functionId)} in this app. Declare it, or correct its id.`;
    return decided(failed(id, step, { name: "FunctionUnknownError", message, stack: null }, now));
  }
  const place = `${id}/${step}`;
  const flow = state.manifest.functions.get(functionId)?.flow ?? {};
  const invoked = { id: "", name: FUNCTION_INVOKED, data, time: now, key: null };
  // Where its function's limits are; else anywhere.
  const to = homeOf(state, functionId, flow, factsOf(invoked, state.open)) ?? partitionOfKey(Buffer.from(place), state.partitions);
  const child = deriveRunId(now, to, functionId, place);
  const event = { ...invoked, id: child, topic: "", partition: to, offset: -1, appendedAt: now, corrects: null, trace };
  return decidedAndTold(
    [{ type: "ChildInvoked", run: id, step, child, functionId, deadline: timeoutMs === null ? null : now + timeoutMs, detached, resting }],
    [{ to, body: { type: "StartChild", child, functionId, event, run: id, step } }],
  );
}

export function decideExpireChild(state: PartitionState, { run: id, step }: ExpireChild, now: number): Decision {
  const run = state.runs.get(id);
  const invoking = run?.steps.get(step);
  if (run === undefined || invoking?.status !== "invoking") return ignored("the step does not wait for a child");
  if (invoking.deadline === null || invoking.deadline > now) return ignored("too early");
  const message = `Run ${invoking.child} of function ${JSON.stringify(invoking.functionId)}, in partition ${partitionOfRun(invoking.child)}, was not over in time.`;
  const messages = invoking.detached ? [] : [cancelChild(run, invoking.child, "waits for it no longer: its time was up")];
  return decidedAndTold([failed(id, step, { name: "TimeoutError", message, stack: null }, invoking.began)], messages);
}

export function failed(run: RunId, step: StepKey, error: Failure, began: number) {
  return { type: "StepFailed", run, step, attempt: 0, error, retryAt: null, began } as const;
}
