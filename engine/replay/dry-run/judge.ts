// What two rehearsals of a run come to, against what became of it.
import { isSettled } from "../../workflow/step/complete.ts";
import type { StepKey } from "../../core/ids.ts";
import type { PastRun } from "../history/past-run.ts";
import type { Rehearsed } from "./rehearse.ts";
import type { Difference } from "./report.ts";
import { isSameJson } from "./same-json.ts";
import { shownError, shownJson } from "./shown-value.ts";

/** The first difference, and what follows it; none where the run would be the same. `second`: by another clock and other chance. */
export function judge(past: PastRun, first: Rehearsed, second: Rehearsed): readonly Difference[] {
  const unsettled = first.end.kind === "unsettled" ? first : second.end.kind === "unsettled" ? second : null;
  if (unsettled !== null) return [notSettled(unsettled)];
  const chance = notDeterministic(first, second);
  if (chance !== null) return [chance];
  const differences = isFrontier(past, first) ? recordedOnly(past, first) : [...first.differences, ...differentEnd(past, first)];
  const goesOn = goingOn(past, first, differences);
  return goesOn === null ? differences : [goesOn, ...differences];
}

function notSettled({ undelivered, transcript }: Rehearsed): Difference {
  const last = transcript.findLast(({ step }) => step !== null)?.step ?? null;
  const where = last === null ? "before its first step" : `behind step "${last}"`;
  const detail = `the function did not get on within its time, ${where}: it waits for something of its own, outside of its steps`;
  return { verdict: "not-settled", step: undelivered, detail, was: null, is: null };
}

function notDeterministic(first: Rehearsed, second: Rehearsed): Difference | null {
  const length = Math.max(first.transcript.length, second.transcript.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [first.transcript[index], second.transcript[index]];
    if (one?.text === other?.text && one?.step === other?.step) continue;
    const step = one?.step ?? other?.step ?? null;
    const where = step === null ? "by the end" : `at step "${step}"`;
    const detail = `differs from itself ${where}, called with another clock and other random numbers: compute what depends on them in a step`;
    return { verdict: "not-deterministic", step, detail, was: shown(one?.text), is: shown(other?.text) };
  }
  return null;
}

/** Of a run that is not over, or was cancelled: all that is recorded is asked for, and what the code does beyond it may have been about to come. */
function isFrontier({ end, state }: PastRun, { undelivered, asked }: Rehearsed): boolean {
  if ((end.kind !== "running" && end.kind !== "cancelled") || undelivered !== null || state.resting) return false;
  for (const [key, step] of state.steps) if (!isSettled(step) && !asked.has(key)) return false;
  return true;
}

function recordedOnly({ state }: PastRun, { differences }: Rehearsed): readonly Difference[] {
  return differences.filter(({ verdict, step }) => verdict !== "would-run" || (step !== null && state.steps.has(step)));
}

function differentEnd(past: PastRun, rehearsed: Rehearsed): readonly Difference[] {
  const { end: was } = past;
  const { end: is, undelivered } = rehearsed;
  switch (is.kind) {
    case "returned": {
      if (was.kind !== "completed" || isSameJson(was.output, is.output)) return [];
      const detail = "returns something else";
      return [{ verdict: "different-output", step: null, detail, was: shownJson(was.output), is: shownJson(is.output) }];
    }
    case "threw": {
      const before = was.kind === "failed" ? was.error : null;
      if (before !== null && before.name === is.error.name && before.message === is.error.message) return [];
      const place = { verdict: "fails-differently", step: undelivered, is: shownError(is.error) } as const;
      if (before !== null) return [{ ...place, detail: "fails with another error", was: shownError(before) }];
      const had = { completed: "returned", cancelled: "gone on until it was cancelled", running: "gone on", failed: "" }[was.kind];
      return [{ ...place, detail: `fails, where it had ${had}`, was: was.kind === "completed" ? shownJson(was.output) : null }];
    }
    case "waits":
      return was.kind === "completed" || was.kind === "failed" ? is.steps.flatMap((step) => waitsInVain(past, step)) : [];
    case "unsettled":
      return [];
  }
}

/** A step that was under way or called off when the run was over: it was not waited for. */
function waitsInVain({ state }: PastRun, key: StepKey): readonly Difference[] {
  const step = state.steps.get(key);
  if (step === undefined || (isSettled(step) && step.status !== "cancelled")) return [];
  const why = step.status === "cancelled" ? "which was called off with its branch" : "which was not over when the run was";
  return [{ verdict: "would-run", step: key, detail: `would wait for step "${key}", ${why}`, was: null, is: null }];
}

function goingOn({ end: was }: PastRun, { end: is }: Rehearsed, [first]: readonly Difference[]): Difference | null {
  if (was.kind !== "failed" || is.kind === "threw") return null;
  const detail = is.kind === "returned" ? "had failed, and would complete" : "had failed, and would go on";
  const place = { verdict: "goes-on", step: first?.step ?? null, was: shownError(was.error) } as const;
  return { ...place, detail, is: is.kind === "returned" ? shownJson(is.output) : null };
}

function shown(text: string | undefined): string | null {
  return text === undefined ? null : shownJson(JSON.stringify(text));
}
