// Runs of an app under test, as its journal tells of them.
import { stepId, type RunId, type StepKey } from "../core/ids.ts";
import { viewOfEvent } from "../execution/event-view.ts";
import { fromJson } from "../execution/json.ts";
import type { Failure, JournalRecord, RunsStarted } from "../workflow/records.ts";

/** A run, as far as it has come. */
export interface TestRun {
  readonly id: RunId;
  readonly functionId: string;
  readonly event: { readonly name: string; readonly id: string; readonly data: unknown };
  readonly status: "running" | "completed" | "failed" | "cancelled" | "parked" | "quarantined";
  /** What the function returned. */
  readonly output: unknown;
  readonly error: Failure | null;
  /** Why it was cancelled. */
  readonly reason: string | null;
  readonly steps: readonly TestStep[];
}

export interface TestStep {
  readonly id: string;
  readonly status: TestStepStatus;
  /** What it came to: a result, the event that came, or null where none did; of an iteration that goes on, where its next slice begins. */
  readonly output: unknown;
  /** How often it was tried. */
  readonly attempts: number;
  readonly error: Failure | null;
}

/** `resolved`: a wait is over, by an event or its time-out. `cancelled`: its branch lost a race. */
export type TestStepStatus =
  "completed" | "failed" | "retrying" | "sleeping" | "slept" | "waiting" | "resolved" | "invoking" | "iterating" | "cancelled";

type Draft = { -readonly [Field in keyof Omit<TestRun, "steps">]: TestRun[Field] } & {
  readonly steps: Map<StepKey, { -readonly [Field in keyof TestStep]: TestStep[Field] }>;
};

export class TestRuns {
  readonly #runs = new Map<RunId, Draft>();

  /** In the order in which they began. */
  list(): readonly TestRun[] {
    return [...this.#runs.values()].map((draft) => ({ ...draft, steps: [...draft.steps.values()].map((step) => ({ ...step })) }));
  }

  see(record: JournalRecord): void {
    if (record.type === "RunsStarted") return this.#start(record);
    const run = "run" in record ? this.#runs.get(record.run) : undefined;
    if (run !== undefined) seeRun(run, record);
  }

  #start({ event: { name, id, data }, runs }: RunsStarted): void {
    for (const { id: runId, functionId } of runs) {
      this.#runs.set(runId, {
        id: runId,
        functionId,
        event: { name, id, data: fromJson(data) },
        status: "running",
        output: undefined,
        error: null,
        reason: null,
        steps: new Map(),
      });
    }
  }
}

function seeRun(run: Draft, record: JournalRecord): void {
  switch (record.type) {
    case "StepCompleted":
      return setStep(run, record.step, { status: "completed", output: fromJson(record.output), isTried: true });
    case "StepFailed":
      return setStep(run, record.step, { status: record.retryAt === null ? "failed" : "retrying", error: record.error, isTried: true });
    case "SleepStarted":
      return setStep(run, record.step, { status: "sleeping" });
    case "SleepEnded":
      return setStep(run, record.step, { status: "slept" });
    case "WaitStarted":
      return setStep(run, record.step, { status: "waiting" });
    case "WaitResolved":
      return setStep(run, record.step, { status: "resolved", output: record.event === null ? null : viewOfEvent(record.event) });
    case "ChildInvoked":
      return setStep(run, record.step, { status: "invoking" });
    case "IterationAdvanced":
      return setStep(run, record.step, { status: "iterating", output: fromJson(record.cursor) });
    case "StepsCancelled":
      for (const step of record.steps) setStep(run, step, { status: "cancelled" });
      return;
    case "RunCompleted":
      run.status = "completed";
      run.output = fromJson(record.output);
      return;
    case "RunFailed":
      run.status = "failed";
      run.error = record.error;
      return;
    case "RunCancelled":
      run.status = "cancelled";
      run.reason = record.reason;
      return;
    case "RunAttemptFailed":
      run.error = record.error;
      return;
    case "RunParked":
      run.status = "parked";
      return;
    case "RunQuarantined":
      run.status = "quarantined";
      return;
    case "RunUnparked":
    case "RunReleased":
      run.status = "running";
      return;
    default:
      return;
  }
}

interface Change {
  readonly status: TestStepStatus;
  readonly output?: unknown;
  readonly error?: Failure;
  readonly isTried?: true;
}

function setStep(run: Draft, key: StepKey, { status, output, error, isTried }: Change): void {
  const attempts = (run.steps.get(key)?.attempts ?? 0) + (isTried === true ? 1 : 0);
  run.steps.set(key, { id: stepId(key), status, output, attempts, error: error ?? null });
}
