// A run as the API shows it: what the history has, without payloads for who may not see them.
import type { FailedAttempt, RunError, ShownRun as PastRun, ShownStep as PastStep } from "../../consumers/run-history/show-run.ts";
import type { ListedRun as PastListed } from "../../consumers/run-history/list-runs.ts";
import type { ExecutingStep, Holdup, ListedRun, ShownRun, ShownStep } from "../contract/runs.ts";
import type { ErrorShown } from "../contract/words.ts";

/** What of a run the caller may see. */
export type Sight = "all" | "no payloads";

export function listedRun(run: PastListed, sight: Sight): ListedRun {
  const { id, functionId, status, event, queuedAt, startedAt, endedAt, reason } = run;
  // Why it failed is the text of an error, which may tell of data.
  return { id, functionId, status, event, queuedAt, startedAt, endedAt, reason: sight === "all" || status !== "failed" ? reason : null };
}

/** What is known of it by others than its history. */
export interface KnownNow {
  readonly holdups: readonly Holdup[];
  /** Null: another process has it. */
  readonly executing: readonly ExecutingStep[] | null;
}

export function shownRun(run: PastRun, { holdups, executing }: KnownNow, sight: Sight): ShownRun {
  const { partition, events, steps, failures, output, error, gate, retryAt, parent, rerunOf, reruns, children, isCut } = run;
  return {
    ...listedRun(run, sight),
    partition,
    events: events.map(({ origin, id, name, key, time, data }) => ({ origin, id, name, key, time, data: payload(data, sight) })),
    steps: steps.map((step) => shownStep(step, sight)),
    attempts: failures.map((failure) => shownAttempt(failure, sight)),
    output: payload(output, sight),
    error: errorOf(error, sight),
    gate,
    retryAt,
    parent,
    rerunOf,
    reruns: [...reruns],
    children: children.map((child) => ({ ...child })),
    holdups: [...holdups],
    executing: executing === null ? null : executing.map((step) => ({ ...step })),
    isCut,
  };
}

export function shownStep(step: PastStep, sight: Sight): ShownStep {
  const { key, kind, status, beganAt, endedAt, dueAt, output, error, failures, waitsFor, match, event, child, isAdopted, isEdited, sent } =
    step;
  return {
    key,
    kind,
    status,
    beganAt,
    endedAt,
    dueAt,
    output: payload(output, sight),
    error: errorOf(error, sight),
    attempts: failures.map((failure) => shownAttempt(failure, sight)),
    waitsFor: waitsFor === null ? null : { event: waitsFor, match: payload(match, sight) },
    event: event === null ? null : { id: event.id, name: event.name, data: payload(event.data, sight) },
    child,
    isAdopted,
    isEdited,
    sent: sent.map(({ id, name, data, confirmedAt }) => ({ id, name, data: payload(data, sight), confirmedAt })),
  };
}

function shownAttempt({ attempt, beganAt, failedAt, retryAt, error }: FailedAttempt, sight: Sight): ShownStep["attempts"][number] {
  return { attempt, beganAt, failedAt, retryAt, error: hidden(error, sight) };
}

export function payload(text: string | null, sight: Sight): string | null {
  return sight === "all" ? text : null;
}

export function errorOf(error: RunError | null, sight: Sight): ErrorShown | null {
  return error === null ? null : hidden(error, sight);
}

/** Its name tells no data. */
function hidden({ name, message, stack }: RunError, sight: Sight): ErrorShown {
  return sight === "all" ? { name, message, stack } : { name, message: "", stack: null };
}
