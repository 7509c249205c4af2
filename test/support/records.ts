// Records of the journal, with everything filled in that a test has no opinion on.
import { deriveRunId, stepKey, type RunId, type StepKey } from "../../engine/core/ids.ts";
import type {
  Failure,
  JournalRecord,
  ManifestActivated,
  RunQueued,
  RunsStarted,
  SourcePosition,
  StartedRun,
  TriggerEvent,
  WaitRegistered,
  WaitStarted,
} from "../../engine/workflow/records.ts";
import { manifestText, type FunctionSpec, type SourceSpec } from "../../engine/workflow/trigger/manifest.ts";
import { T0 } from "./fake-clock.ts";

export const RUN = runId("run");
export const STEP = stepKey("a", 0);
export const WAIT = stepKey("wait", 0);
export const BOOM: Failure = { name: "Error", message: "boom", stack: null };

export function runId(name: string): RunId {
  return deriveRunId(T0, 0, name, "test");
}

export function step(text: string, occurrence = 0): StepKey {
  return stepKey(text, occurrence);
}

export function triggerEvent(over: Partial<TriggerEvent> = {}): TriggerEvent {
  return {
    id: "e1",
    name: "order/created",
    data: "{}",
    time: T0,
    key: null,
    topic: "app.events",
    partition: 0,
    offset: 0,
    appendedAt: T0,
    corrects: null,
    trace: null,
    ...over,
  };
}

export function runsStarted(over: { id?: RunId; functionId?: string; event?: Partial<TriggerEvent> } = {}): RunsStarted {
  const { id = RUN, functionId = "f", event } = over;
  return { type: "RunsStarted", event: triggerEvent(event), runs: [startedRun(id, { functionId })], batch: [] };
}

export function startedRun(id = RUN, over: Partial<StartedRun> = {}): StartedRun {
  return { id, functionId: "f", parent: null, startBy: null, finishBy: null, cancels: [], needs: [], singleton: null, ...over };
}

export function runQueued(run = RUN, over: Partial<RunQueued> = {}): RunQueued {
  return {
    type: "RunQueued",
    run,
    functionId: "f",
    gate: "home",
    events: [triggerEvent()],
    parent: null,
    needs: ["fn/f/0/"],
    share: "",
    weight: 1_000,
    score: T0,
    startBy: null,
    cancels: [],
    singleton: null,
    ...over,
  };
}

export function stepCompleted(key = "a", output: string | null = "1", run = RUN): JournalRecord {
  return { type: "StepCompleted", run, step: stepKeyOf(key), output, began: T0 };
}

export function stepFailed(key = "a", over: { attempt?: number; retryAt?: number | null; run?: RunId } = {}): JournalRecord {
  const { attempt = 0, retryAt = null, run = RUN } = over;
  return { type: "StepFailed", run, step: stepKeyOf(key), attempt, error: BOOM, retryAt, began: T0 };
}

export function sleepStarted(key = "nap", wakeAt = T0 + 60_000, resting = false): JournalRecord {
  return { type: "SleepStarted", run: RUN, step: stepKeyOf(key), wakeAt, resting };
}

export function sleepEnded(key = "nap"): JournalRecord {
  return { type: "SleepEnded", run: RUN, step: stepKeyOf(key) };
}

/** A run waits for another order of this customer. */
export function waitStarted(over: Partial<WaitStarted> = {}): WaitStarted {
  const place = { run: RUN, step: WAIT, event: "order/paid", to: 0 };
  return { type: "WaitStarted", ...place, interest: 7, since: T0, deadline: T0 + 60_000, resting: true, ...over };
}

export function waitRegistered(over: Partial<WaitRegistered> = {}): WaitRegistered {
  return {
    type: "WaitRegistered",
    run: RUN,
    step: WAIT,
    event: "order/paid",
    path: "data.id",
    value: "n:1",
    condition: null,
    bindings: null,
    since: T0,
    knownSince: T0,
    deadline: T0 + 60_000,
    excluded: [],
    purpose: "step",
    scan: 0,
    ...over,
  };
}

export interface ManifestOptions {
  readonly version?: number;
  readonly functions?: readonly (Partial<FunctionSpec> & { readonly id: string })[];
  readonly sources?: readonly SourceSpec[];
  readonly from?: readonly SourcePosition[];
}

export const EVENTS: SourceSpec = { topic: "app.events", partitions: 1, from: "beginning" };

export function manifest(options: ManifestOptions = {}): ManifestActivated {
  const { version = 0, functions = [{ id: "f" }], sources = [EVENTS] } = options;
  const from = options.from ?? sources.map(({ topic }) => ({ topic, partition: 0, offset: 0 }));
  const content = manifestText({
    functions: functions.map((spec) => ({ triggers: ["order/created"], onFailure: false, ...spec })),
    sources,
  });
  return { type: "ManifestActivated", version, hash: `hash-${version}`, content, from: [...from] };
}

/** `a` is the first step of that id, `a#2` its third. */
function stepKeyOf(text: string): StepKey {
  const [id = "", occurrence = "0"] = text.split("#");
  return stepKey(id, Number(occurrence));
}
