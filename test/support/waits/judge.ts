// What may come of each wait, worked out from the events in the log and what runs recorded, by nothing that the engine decides waits with.
import { must } from "../../../engine/core/errors.ts";
import { partitionOfRun, type RunId } from "../../../engine/core/ids.ts";
import type { JournalRecord, RunQueued } from "../../../engine/workflow/records.ts";
import { SIGNAL_EVENT } from "../../../engine/workflow/wait/signal-event.ts";
import { cancelStepKey } from "../../../engine/workflow/wait/cancel-on.ts";
import type { Counted, Crowd, CrowdFunction } from "./crowd.ts";
import { originOfTrigger, pastEvents, pastRuns, type PastEvent, type PastRun } from "./past.ts";
import { keyOf, type Action } from "./script.ts";

/** Stamps of several brokers, and an event that was told before what provoked it. */
const SLACK_MS = 200;

/** A signal that nobody waits for is kept so long, give or take. */
const SIGNALS_KEPT_MS = 590_000;
/** Scans of the past look so far back for the first copy. */
const COPIES_WITHIN_MS = 10_000;

/** From when on events have to count for a wait, and from when on they may. */
interface Since {
  readonly must: number;
  readonly may: number;
}

type Waiting = Extract<Action, { kind: "wait" | "signal" }>;

/** Everything that must not be, in words. */
export async function judge(crowd: Crowd, functions: Readonly<Record<string, CrowdFunction>>): Promise<readonly string[]> {
  const events = await pastEvents(crowd);
  const counted = await crowd.allCounted();
  const runs = pastRuns(counted);
  const complaints: string[] = [];
  const judged = {
    crowd,
    functions,
    events,
    runs,
    given: signalsGiven(counted),
    unqueued: cancelledInLine(counted),
    complain: (text: string) => void complaints.push(text),
  };
  judgeStarts(judged);
  judgeSignals(judged);
  for (const run of runs) {
    judgeSteps(judged, run);
    judgeEnd(judged, run);
    judgeChildren(judged, run);
  }
  await judgeCells(judged);
  return complaints;
}

/** By place: signals that were given to a run, whether it took them or gave them back. */
function signalsGiven(counted: readonly Counted[]): ReadonlySet<string> {
  const kept = Map.groupBy(counted, ({ partition }) => partition)
    .values()
    .flatMap((ofPartition) => {
      const events = ofPartition.flatMap(({ record }) => (record.type === "EventKept" ? [record.event] : []));
      return ofPartition.flatMap(({ record }) => (record.type === "EventTaken" ? (events[record.kept - 1] ?? []) : []));
    });
  return new Set(kept.map(originOfTrigger));
}

function cancelledInLine(counted: readonly Counted[]): ReadonlyMap<RunId, RunQueued> {
  const queued = new Map(counted.flatMap(({ record }) => (record.type === "RunQueued" ? [[record.run, record]] : [])));
  const cancelled = counted.flatMap(({ record }) => (record.type === "RunUnqueued" && record.reason !== null ? [record.run] : []));
  return new Map(cancelled.map((run) => [run, must(queued.get(run), "how it came into a line")]));
}

/** What a run waits for is known where it is decided, and nothing else is. */
async function judgeCells({ crowd, complain }: Judged): Promise<void> {
  const states = await Promise.all(crowd.places().map((partition) => crowd.rebuild(partition)));
  const wanted = new Set<string>();
  for (const { runs } of states) {
    for (const { id, steps, cancels } of runs.values()) {
      for (const [step, state] of steps) if (state.status === "waiting") wanted.add(`${id}/${step} in ${state.to}`);
      for (const [index, to] of cancels.entries()) if (to >= 0) wanted.add(`${id}/${cancelStepKey(index)} in ${to}`);
    }
  }
  const known = new Set<string>();
  for (const { partition, waits } of states) for (const { run, step } of waits.values()) known.add(`${run}/${step} in ${partition}`);
  for (const wait of wanted) if (!known.has(wait)) complain(`nobody decides ${wait}`);
  for (const wait of known) if (!wanted.has(wait)) complain(`nobody needs ${wait}`);
}

interface Judged {
  readonly crowd: Crowd;
  readonly functions: Readonly<Record<string, CrowdFunction>>;
  readonly events: readonly PastEvent[];
  readonly runs: readonly PastRun[];
  readonly given: ReadonlySet<string>;
  /** Runs that were cancelled before they began. */
  readonly unqueued: ReadonlyMap<RunId, RunQueued>;
  readonly complain: (text: string) => void;
}

/** Each event starts one run of each function that wants it; a run starts once. */
function judgeStarts({ functions, events, runs, unqueued, complain }: Judged): void {
  const started = new Set<RunId>();
  for (const { id } of runs) {
    if (started.has(id)) complain(`run ${id} started twice`);
    started.add(id);
  }
  const neverBegan = [...unqueued.values()].map(
    ({ functionId, events: [trigger] }) => `${functionId} ${trigger && originOfTrigger(trigger)}`,
  );
  for (const { name, origin, isCopy } of events) {
    for (const [functionId, { triggers }] of Object.entries(functions)) {
      const count = runs.filter((run) => run.functionId === functionId && originOfTrigger(run.trigger) === origin).length;
      if (neverBegan.includes(`${functionId} ${origin}`)) {
        if (count > 0) complain(`${name} ${origin} started ${functionId} although it was cancelled`);
        continue;
      }
      const wanted = triggers.includes(name) && !isCopy ? 1 : 0;
      if (count !== wanted) complain(`${name} ${origin} started ${count} runs of ${functionId}, not ${wanted}`);
    }
  }
}

/** A signal is for one. */
function judgeSignals({ runs, complain }: Judged): void {
  const taken = new Map<string, RunId>();
  for (const run of runs) {
    for (const { record } of run.records) {
      if (record.type !== "WaitResolved" || record.event?.name !== SIGNAL_EVENT) continue;
      const origin = originOfTrigger(record.event);
      const other = taken.get(origin);
      if (other !== undefined) complain(`signal ${origin} came to ${run.id} and to ${other}`);
      taken.set(origin, run.id);
    }
  }
}

function judgeSteps(judged: Judged, run: PastRun): void {
  const { crowd, functions, complain } = judged;
  const seen = new Set([originOfTrigger(run.trigger)]);
  let since: Since = { must: run.trigger.appendedAt, may: run.trigger.appendedAt };
  let outcomeAt = run.startedAt;
  /** Of the wait before, where it was matched. */
  let before: { readonly action: Waiting; readonly since: Since } | null = null;
  for (const [index, action] of (functions[run.functionId]?.script ?? []).entries()) {
    const records = run.records.filter(({ record }) => "step" in record && record.step === keyOf(index));
    const outcomes = records.filter(({ record }) => isOutcome(record));
    const [outcome] = outcomes;
    if (outcomes.length > 1) complain(`step ${index} of ${run.id} has ${outcomes.length} outcomes`);
    const started = records.find(({ record }) => ["WaitStarted", "SleepStarted", "ChildInvoked"].includes(record.type));
    const record = outcome?.record;
    switch (action.kind) {
      case "wait":
      case "signal": {
        if (started?.record.type !== "WaitStarted") return;
        // The same again goes on from where the first began: what came late in between is seen.
        const own = lookingBack(since, action);
        const from: Since = before !== null && isSame(before.action, action) ? earlier(before.since, own) : own;
        const { deadline } = started.record;
        const matched = judgeWait(judged, run, {
          index,
          action,
          startedAt: started.time,
          since: from,
          deadline,
          seen,
          outcome: record ?? null,
        });
        if (record === undefined) return;
        before = matched === null ? null : { action, since: from };
        const end = matched !== null ? Math.max(matched.at, from.may) : Math.min(deadline ?? Number.POSITIVE_INFINITY, outcome?.time ?? 0);
        since = { must: end, may: record.type === "StepFailed" ? record.began : end };
        if (matched !== null) seen.add(matched.origin);
        break;
      }
      case "step": {
        if (record?.type !== "StepCompleted") return;
        const first = crowd.firstBegan.get(`${run.id}/${index}`) ?? 0;
        since = { must: first, may: Math.min(first, record.began, outcomeAt) };
        before = null;
        break;
      }
      case "sleep":
        if (record === undefined || started?.record.type !== "SleepStarted") return;
        since = { must: started.record.wakeAt, may: started.record.wakeAt };
        before = null;
        break;
      case "invoke":
        if (record === undefined || started === undefined) return;
        since = { must: started.time, may: started.time };
        before = null;
        break;
    }
    outcomeAt = outcome?.time ?? outcomeAt;
  }
}

interface JudgedWait {
  readonly index: number;
  readonly action: Waiting;
  readonly startedAt: number;
  readonly since: Since;
  readonly deadline: number | null;
  readonly seen: ReadonlySet<string>;
  readonly outcome: JournalRecord | null;
}

/** Returns what came for it. */
function judgeWait(judged: Judged, run: PastRun, wait: JudgedWait): PastEvent | null {
  const { events, complain } = judged;
  const { index, action, since, seen, outcome } = wait;
  const deadline = wait.deadline ?? Number.POSITIVE_INFINITY;
  const name = `wait ${index} of ${run.id}`;
  const wanted = events.filter((event) => isWanted(run, action, event));
  if (outcome?.type === "WaitResolved" && outcome.event !== null) {
    const origin = originOfTrigger(outcome.event);
    const matched = events.find((event) => event.origin === origin);
    if (matched === undefined || !wanted.includes(matched)) {
      complain(`${name} was resolved by ${origin}, which it does not want`);
      return null;
    }
    if (matched.isCopy && matched.at - matched.firstAt < COPIES_WITHIN_MS) complain(`${name} was resolved by a second copy, ${origin}`);
    if (matched.at < since.may - SLACK_MS) complain(`${name} was resolved by ${origin}, ${since.may - matched.at} ms too old`);
    if (matched.at > deadline) complain(`${name} was resolved by ${origin}, ${matched.at - deadline} ms too late`);
    if (seen.has(origin)) complain(`${name} sees ${origin} again`);
    return matched;
  }
  // It is over or was cancelled: nobody is owed anything.
  if (outcome === null && run.end !== null) return null;
  if (outcome?.type === "StepFailed" || isReplaced(judged, run, action, outcome)) return null;
  const owed = wanted.filter(
    (event) =>
      !event.isCopy &&
      event.at >= since.must &&
      event.at <= deadline &&
      !seen.has(event.origin) &&
      !(action.kind === "signal" && (isTaken(judged, event, outcome) || event.at < wait.startedAt - SIGNALS_KEPT_MS)),
  );
  for (const { origin, at } of owed) {
    complain(`${name} ${outcome === null ? "is open" : "expired"}, although ${origin} came ${at - since.must} ms after its beginning`);
  }
  const last = Math.max(...judged.events.map(({ at }) => at), 0);
  if (outcome === null && deadline < last) complain(`${name} is open ${last - deadline} ms after its deadline`);
  return null;
}

/** Another run has the signal, or had it, and gave it back when this wait had expired. */
function isTaken({ runs, given }: Judged, { origin }: PastEvent, outcome: JournalRecord | null): boolean {
  if (outcome !== null && given.has(origin)) return true;
  return runs.some(({ records }) =>
    records.some(({ record }) => record.type === "WaitResolved" && record.event !== null && originOfTrigger(record.event) === origin),
  );
}

/** Another wait took its place. */
function isReplaced({ functions, runs }: Judged, run: PastRun, action: Waiting, outcome: JournalRecord | null): boolean {
  if (action.kind !== "signal" || outcome?.type !== "WaitResolved") return false;
  return runs.some(
    (other) =>
      other.id !== run.id &&
      functions[other.functionId]?.script.some((of) => of.kind === "signal" && of.signal === action.signal && of.replaces),
  );
}

function isWanted({ trigger }: PastRun, action: Waiting, event: PastEvent): boolean {
  if (action.kind === "signal") return event.name === SIGNAL_EVENT && event.key === action.signal;
  const own = JSON.parse(trigger.data) as PastEvent["data"];
  if (event.name !== action.event) return false;
  if (action.match !== null && event.data.id !== own.id) return false;
  return action.if === undefined || (event.data.n ?? 0) > 1;
}

function isSame(a: Waiting, b: Waiting): boolean {
  return a.kind === "wait" && b.kind === "wait" && a.event === b.event && a.match === b.match && a.if === b.if;
}

function lookingBack({ must, may }: Since, action: Waiting): Since {
  const lookbackMs = action.kind === "wait" ? action.lookbackMs : 0;
  return { must: must - lookbackMs, may: may - lookbackMs };
}

function earlier(a: Since, b: Since): Since {
  return { must: Math.min(a.must, b.must), may: Math.min(a.may, b.may) };
}

function isOutcome({ type }: JournalRecord): boolean {
  return type === "WaitResolved" || type === "StepCompleted" || type === "StepFailed" || type === "SleepEnded";
}

function judgeEnd({ functions, events, complain }: Judged, run: PastRun): void {
  const { id, functionId, trigger, end, records } = run;
  const at = records.findIndex(({ record }) => record === end);
  if (end !== null && at < records.length - 1) complain(`run ${id} goes on after its end, with ${records[at + 1]?.record.type}`);
  if (end?.type === "RunFailed") complain(`run ${id} failed: ${end.error.message}`);
  const own = JSON.parse(trigger.data) as PastEvent["data"];
  for (const { event: name } of functions[functionId]?.cancelOn ?? []) {
    const stops = events.filter((event) => event.name === name && event.data.id === own.id && !event.isCopy);
    const must = stops.find((event) => event.at >= trigger.appendedAt);
    if (end === null && must !== undefined) complain(`run ${id} is open, although ${must.origin} cancels it`);
    const isByEvent = end?.type === "RunCancelled" && end.reason.includes(name);
    if (isByEvent && !stops.some((event) => event.at >= trigger.appendedAt - SLACK_MS)) complain(`run ${id} was cancelled by nothing`);
  }
}

function judgeChildren({ runs, unqueued, complain }: Judged, run: PastRun): void {
  for (const { record } of run.records) {
    if (record.type !== "ChildInvoked") continue;
    const child = runs.find(({ id }) => id === record.child);
    const name = `child ${record.child} of ${run.id}`;
    const outcome = run.records.find(({ record: of }) => "step" in of && of.step === record.step && isOutcome(of))?.record;
    if (child === undefined && unqueued.has(record.child)) {
      if (run.end === null && outcome === undefined) complain(`${name} was cancelled, and its parent goes on`);
      continue;
    }
    if (child === undefined) {
      complain(`${name} never started in partition ${partitionOfRun(record.child)}`);
      continue;
    }
    if (child.end !== null && outcome === undefined && run.end === null) complain(`${name} ended, and its parent does not know`);
    if (outcome?.type === "StepCompleted" && child.end?.type !== "RunCompleted") complain(`${name} has a result and did not complete`);
    if (child.end === null && (run.end?.type === "RunCancelled" || outcome !== undefined)) complain(`${name} goes on without its parent`);
  }
}
