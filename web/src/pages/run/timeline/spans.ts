// What a run did when: a lane for the run itself and one for each step, each of spans of time. Pure: the present is an argument.
import type { ExecutingStep, ShownRun, ShownStep } from "../../../../../server/contract/runs.ts";
import { toneOf, type Tone } from "../../../components/status.tsx";
import { duration } from "../../../text/time.ts";

export interface Span {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly tone: Tone;
  /** `idle`: it waited. */
  readonly look: "solid" | "idle";
  readonly words: string;
}

export interface Lane {
  /** Of the step; null for the run itself. */
  readonly step: string | null;
  readonly kind: ShownStep["kind"] | null;
  readonly label: string;
  readonly status: string;
  readonly tone: Tone;
  /** It has not ended. */
  readonly isOpen: boolean;
  readonly tookMs: number | null;
  /** When it is to go on by itself; null: that is not known, or is past. */
  readonly dueAt: number | null;
  readonly spans: readonly Span[];
}

export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly Lane[];
}

const STEP_TONES: Readonly<Record<string, Tone>> = {
  completed: "good",
  resolved: "good",
  slept: "good",
  sent: "good",
  failed: "bad",
  expired: "warn",
  retrying: "warn",
  sleeping: "rest",
  waiting: "rest",
  invoking: "busy",
  iterating: "busy",
  executing: "busy",
  cancelled: "calm",
};

export function stepTone(status: string): Tone {
  return STEP_TONES[status] ?? "calm";
}

export function timelineOf(run: ShownRun, now: number): Timeline {
  const executing = new Map((run.executing ?? []).map((one) => [one.step, one]));
  const steps = run.steps.map((step) => stepLane(executing.has(step.key) ? { ...step, status: "executing", dueAt: null } : step, now));
  for (const { key } of run.steps) executing.delete(key);
  for (const one of executing.values()) steps.push(executingLane(one, now));
  const lanes = [runLane(run, steps, now), ...steps];
  const spans = lanes.flatMap((lane) => lane.spans);
  const from = earliest(spans, run.queuedAt ?? run.startedAt ?? now);
  return { from, to: spans.reduce((latest, span) => Math.max(latest, span.to), from + 1), lanes };
}

function runLane(run: ShownRun, steps: readonly Lane[], now: number): Lane {
  const { queuedAt, endedAt, status } = run;
  // A step's beginning is told by whoever executes it, that of the run by the log: they may differ a little.
  const startedAt =
    run.startedAt === null
      ? null
      : earliest(
          steps.flatMap((step) => step.spans),
          run.startedAt,
        );
  const spans: Span[] = [];
  const end = endedAt ?? now;
  if (queuedAt !== null && (startedAt ?? end) > queuedAt)
    spans.push({
      from: queuedAt,
      to: startedAt ?? end,
      tone: "rest",
      look: "idle",
      words: `queued for ${duration((startedAt ?? end) - queuedAt)}`,
    });
  if (startedAt !== null) {
    let from = startedAt;
    for (const { failedAt, retryAt, attempt } of run.attempts) {
      spans.push({ from, to: failedAt, tone: "bad", look: "solid", words: `attempt ${attempt + 1} failed` });
      from = Math.max(failedAt, Math.min(retryAt ?? failedAt, end));
      if (from > failedAt) spans.push({ from: failedAt, to: from, tone: "warn", look: "idle", words: "waits to try again" });
    }
    if (end > from || spans.length === 0) spans.push({ from, to: Math.max(end, from), tone: toneOf(status), look: "solid", words: status });
  }
  return {
    step: null,
    kind: null,
    label: "Run",
    status,
    tone: toneOf(status),
    isOpen: endedAt === null,
    tookMs: run.startedAt === null ? null : end - run.startedAt,
    dueAt: run.retryAt !== null && run.retryAt > now ? run.retryAt : null,
    spans,
  };
}

function earliest(spans: readonly Span[], at: number): number {
  return spans.reduce((first, { from }) => Math.min(first, from), at);
}

function stepLane(step: ShownStep, now: number): Lane {
  const { key, kind, status, beganAt, endedAt, dueAt } = step;
  const tone = stepTone(status);
  const end = endedAt ?? now;
  return {
    step: key,
    kind,
    label: stepLabel(key),
    status,
    tone,
    isOpen: endedAt === null,
    tookMs: beganAt === null || step.isAdopted ? null : Math.max(0, end - beganAt),
    dueAt: endedAt === null && dueAt !== null && dueAt > now ? dueAt : null,
    spans: step.isAdopted ? adopted(step) : spansOf(step, end),
  };
}

/** The journal does not know it yet. */
function executingLane({ step, attempt, since }: ExecutingStep, now: number): Lane {
  const to = Math.max(since, now);
  return {
    step,
    kind: "run",
    label: stepLabel(step),
    status: "executing",
    tone: stepTone("executing"),
    isOpen: true,
    tookMs: to - since,
    dueAt: null,
    spans: [{ from: since, to, tone: stepTone("executing"), look: "solid", words: `attempt ${attempt + 1} executes` }],
  };
}

function spansOf(step: ShownStep, end: number): readonly Span[] {
  const spans: Span[] = [];
  let from = step.beganAt ?? step.attempts[0]?.beganAt ?? step.attempts[0]?.failedAt ?? step.endedAt;
  if (from === null) return [];
  for (const { attempt, failedAt, retryAt, error } of step.attempts) {
    spans.push({ from, to: Math.max(from, failedAt), tone: "bad", look: "solid", words: `attempt ${attempt + 1} failed: ${error.name}` });
    from = Math.max(failedAt, Math.min(retryAt ?? failedAt, end));
    if (from > failedAt)
      spans.push({ from: failedAt, to: from, tone: "warn", look: "idle", words: `waits ${duration(from - failedAt)} to try again` });
  }
  const isRest = step.kind === "sleep" || step.kind === "wait";
  const isFailedForGood = step.status === "failed" && step.attempts.length > 0;
  if (!isFailedForGood && (end > from || spans.length === 0))
    spans.push({
      from,
      to: Math.max(end, from),
      tone: isRest ? restTone(step) : stepTone(step.status),
      look: isRest ? "idle" : "solid",
      words: step.status,
    });
  return spans;
}

/** Taken over from another run: a moment, when this one began. */
function adopted({ endedAt }: ShownStep): readonly Span[] {
  return endedAt === null ? [] : [{ from: endedAt, to: endedAt, tone: "calm", look: "solid", words: "taken over" }];
}

function restTone({ status }: ShownStep): Tone {
  return status === "expired" || status === "cancelled" ? stepTone(status) : "rest";
}

/** `reserve#0` is the first of that id: its number says nothing. */
export function stepLabel(key: string): string {
  return key.endsWith("#0") ? key.slice(0, -2) : key;
}

/** Round times for an axis, in milliseconds from the beginning. */
export function ticksOf(lengthMs: number, most: number): readonly number[] {
  const least = lengthMs / Math.max(1, most);
  const step = STEPS_MS.find((each) => each >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, at) => at * step);
}

const MILLISECOND = 1;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * MILLISECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 4, 8, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30].map((count) => count * DAY),
];
