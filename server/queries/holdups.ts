// Why a run is not moving, the most pressing first, each with what to do about it.
import { isDeployed, ownerOf, pauseOf } from "../../consumers/run-history/deployed.ts";
import type { HistoryDatabase } from "../../consumers/run-history/database.ts";
import type { ShownRun, ShownStep } from "../../consumers/run-history/show-run.ts";
import type { PartitionReport } from "../../engine/worker/holdings.ts";
import type { ExecutingStep, Holdup } from "../contract/runs.ts";
import { isServed } from "../readiness.ts";
import { needText } from "./need-text.ts";
import { payload, type Sight } from "./shown-run.ts";

export interface HoldupsAsked {
  readonly history: HistoryDatabase;
  /** How its partition fares in this process; null: no worker here has it. */
  readonly local: Pick<PartitionReport, "status" | "problems"> | null;
  /** Names of the app's workers that run now; null where the log does not say. */
  readonly workers: readonly string[] | null;
  /** What executes of the run; null where another process has it. */
  readonly executing: readonly ExecutingStep[] | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly sight: Sight;
}

/** Of steps: a run may wait for thousands. */
const MAX_STEPS = 100;
const OVER: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "skipped"]);

export function holdupsOf(run: ShownRun, asked: HoldupsAsked): readonly Holdup[] {
  if (OVER.has(run.status)) return [];
  const found = [...peoplesTurn(run), ...nowhere(run, asked), ...starting(run, asked), ...going(run, asked)];
  const executing = (asked.executing ?? []).slice(0, MAX_STEPS).map((step) => executes(step, asked.now));
  return found.length + executing.length > 0 ? [...found, ...executing] : [underWay(run, asked)];
}

/** Nothing happens to it until somebody decides. */
function peoplesTurn({ status, reason }: ShownRun): readonly Holdup[] {
  if (status === "parked") {
    const hint = "Deploy code that agrees with what the run has done: it is tried again then. Or release it, cancel it, or re-run it";
    return [holdup("PARKED", `the code asks for other steps than those that the run has taken: ${reason ?? ""}`, { hint })];
  }
  if (status === "quarantined") {
    const hint = "Its process ended each time that it was called alone. Mend its code, deploy it, and release the run; or cancel it";
    return [holdup("QUARANTINED", reason ?? "workers ended while they executed it", { hint })];
  }
  return [];
}

/** Nobody could execute it. */
function nowhere({ functionId, partition }: ShownRun, { history, local, workers }: HoldupsAsked): readonly Holdup[] {
  if (partition === null) return [];
  const found: Holdup[] = [];
  if (local === null) found.push(...elsewhere(partition, ownerOf(history, partition)?.worker ?? null, workers));
  else if (!isServed(local)) {
    const why = local.problems.length === 0 ? "" : `: ${local.problems.join("; ")}`;
    const hint =
      local.status === "CLOSED"
        ? "See the partition's page for what stopped it: nothing of it goes on before that is mended"
        : "It goes on by itself when the partition is restored, or another worker has taken it";
    found.push(holdup("PARTITION_STOPPED", `its partition ${partition} is not running (${local.status})${why}`, { hint }));
  }
  if (isDeployed(history, partition, functionId) === false) {
    const hint = "Deploy code that has it, or cancel the run";
    found.push(holdup("NO_CODE", `the deployment in force has no function "${functionId}"`, { hint }));
  }
  return found;
}

/** Its partition is of no worker in this process. */
function elsewhere(partition: number, owner: string | null, workers: readonly string[] | null): readonly Holdup[] {
  if (workers?.length === 0) {
    const hint = "Start one: `millrace worker <module>`, or `millrace start <module>`. Events are taken in meanwhile, and nothing is lost";
    return [holdup("NO_WORKER", "no worker of the app is running", { hint })];
  }
  if (owner === null) {
    return [holdup("PARTITION_STOPPED", `no worker has ever taken its partition ${partition}`, { hint: "Start a worker of the app" })];
  }
  if (workers === null || workers.includes(owner)) return [];
  const hint = "It goes on when another has taken the partition, within a minute. If none does: see what the others log";
  return [holdup("NO_WORKER", `worker ${owner}, which had its partition ${partition}, is not running`, { hint })];
}

function starting(run: ShownRun, { history, sight }: HoldupsAsked): readonly Holdup[] {
  if (run.status !== "held" && run.status !== "queued") return [];
  const found: Holdup[] = [];
  const pause = pauseOf(history, run.functionId);
  if (pause !== null) {
    const hint = `Resume it: \`millrace functions resume ${run.functionId}\``;
    found.push(holdup("FUNCTION_PAUSED", `somebody paused the function "${run.functionId}"`, { hint }));
  }
  if (run.status === "held") {
    const message = `its event waits at ${run.gate ?? "a gate"}, for others of its kind, or for none to come`;
    found.push(holdup("HELD_BY_GATE", message, { until: run.heldUntil, hint: "It starts by itself" }));
  } else if (pause === null || run.gate !== "pause") {
    const needs = run.needs.map((need) => needText(need, sight));
    const message = needs.length === 0 ? `it waits in line at ${run.gate ?? "a gate"}` : `it waits in line for ${needs.join(", and ")}`;
    const hint =
      "It starts when those before it are done. Raise the limit for a time with `app.override`, or cancel those that are in its way";
    found.push(holdup("HELD_BY_GATE", message, { hint }));
  }
  return found;
}

function going(run: ShownRun, { sight }: HoldupsAsked): readonly Holdup[] {
  if (run.status !== "running" && run.status !== "retrying") return [];
  const found: Holdup[] = [];
  if (run.status === "retrying") {
    const last = run.failures.at(-1)?.error;
    const message = `its code threw outside of its steps, and is called again${last === undefined ? "" : ` (${said(last, sight)})`}`;
    found.push(
      holdup("RETRYING", message, { until: run.retryAt, hint: "If it fails each time: mend the code, then it goes on by itself" }),
    );
  }
  if (run.askedAt !== null) {
    const limits = run.needs.length === 0 ? "a limit" : run.needs.map((need) => needText(need, sight)).join(", and ");
    const message = `its next step waits for ${limits}`;
    found.push(
      holdup("WAITING_FOR_LIMIT", message, { hint: "It goes on when other runs have done a step. The limit can be raised for a time" }),
    );
  }
  return [...found, ...run.steps.slice(-MAX_STEPS).flatMap((step) => ofStep(step, sight))];
}

function ofStep(step: ShownStep, sight: Sight): readonly Holdup[] {
  const { key, status, dueAt } = step;
  const name = wordOf(key);
  switch (status) {
    case "retrying": {
      const last = step.failures.at(-1)?.error;
      const message = `step ${name} failed ${step.failures.length === 1 ? "once" : `${step.failures.length} times`}, and is tried again${last === undefined ? "" : ` (${said(last, sight)})`}`;
      return [holdup("RETRYING", message, { step: key, until: dueAt, hint: "If it fails each time: mend what it calls, or its code" })];
    }
    case "sleeping":
      return [holdup("SLEEPING", `step ${name} sleeps`, { step: key, until: dueAt })];
    case "waiting": {
      const match = payload(step.match, sight);
      const message = `step ${name} waits for ${step.waitsFor ?? "an event"}${match === null ? "" : ` with ${match}`}`;
      return [holdup("WAITING_FOR_EVENT", message, { step: key, until: dueAt, hint: "Send that event, or cancel the run" })];
    }
    case "invoking":
      return [
        holdup("WAITING_FOR_CHILD", `step ${name} waits for run ${step.child ?? ""}`, {
          step: key,
          until: dueAt,
          hint: "See that run for what it waits for",
        }),
      ];
    default:
      return [];
  }
}

/** `reserve#0` is the first of that id: its number says nothing. */
function wordOf(key: string): string {
  return key.endsWith("#0") ? key.slice(0, -2) : key;
}

function executes({ step, attempt, since }: ExecutingStep, now: number): Holdup {
  const seconds = Math.max(0, Math.round((now - since) / 1_000));
  const message = `step ${wordOf(step)} executes in this process, for ${seconds} s now${attempt === 0 ? "" : ` (attempt ${attempt + 1})`}`;
  const hint =
    "If that is longer than it should take, what it calls may hang: see what it logs. Its time-out ends the attempt; or cancel the run";
  return holdup("EXECUTING", message, { step, hint });
}

function underWay({ partition }: ShownRun, { history, local }: HoldupsAsked): Holdup {
  if (local !== null) {
    const hint = "Nothing holds it up. If it stays like this: the function does something of its own, outside of its steps";
    return holdup("EXECUTING", "its code is called in this process, and executes no step right now", { hint });
  }
  const owner = partition === null ? null : ownerOf(history, partition);
  const hint = "Nothing holds it up. If it takes long: look at the logs of that worker";
  return holdup(
    "EXECUTING",
    `its code is being executed ${owner === null ? "by a worker" : `by worker ${owner.worker}`}, or is about to be`,
    { hint },
  );
}

function said({ name, message }: { readonly name: string; readonly message: string }, sight: Sight): string {
  return sight === "all" ? `${name}: ${message}` : name;
}

function holdup(
  code: string,
  message: string,
  { hint = null, step = null, until = null }: Partial<Omit<Holdup, "code" | "message">> = {},
): Holdup {
  return { code, message, hint, step, until };
}
