// Steps: what runs did, what they wait for, and what came of it.
import type { DatabaseSync } from "node:sqlite";
import type { Failure, TriggerEvent } from "../../engine/workflow/records.ts";
import type { AdoptedOutcome } from "../../engine/workflow/run/rerun-command.ts";
import type { KeepEvent } from "./events.ts";
import type { Handlers } from "./records.ts";

type StepRecord =
  | "StepCompleted"
  | "StepFailed"
  | "StepAdopted"
  | "SleepStarted"
  | "SleepEnded"
  | "WaitStarted"
  | "WaitResolved"
  | "WaitRegistered"
  | "ChildInvoked"
  | "IterationAdvanced"
  | "StepsCancelled";

export function recordsOfSteps(db: DatabaseSync, keep: KeepEvent): Handlers<StepRecord> {
  const complete = db.prepare(`
    INSERT INTO step (run, key, kind, status, began_at, ended_at, output, lsn) VALUES (?, ?, 'run', 'completed', ?, ?, ?, ?)
    ON CONFLICT (run, key) DO UPDATE SET status = 'completed', ended_at = excluded.ended_at, output = excluded.output, due_at = NULL,
      error_name = NULL, error_message = NULL, error_stack = NULL`);
  const fail = db.prepare(`
    INSERT INTO step (run, key, kind, status, began_at, ended_at, due_at, failures, error_name, error_message, error_stack, lsn)
    VALUES (?, ?, 'run', ?, ?, ?, ?, 1, ?, ?, ?, ?)
    ON CONFLICT (run, key) DO UPDATE SET status = excluded.status, ended_at = excluded.ended_at, due_at = excluded.due_at,
      failures = failures + 1, error_name = excluded.error_name, error_message = excluded.error_message, error_stack = excluded.error_stack`);
  const addAttempt = db.prepare("INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const begin = db.prepare(`
    INSERT INTO step (run, key, kind, status, began_at, due_at, waits_for, child, lsn) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, key) DO UPDATE SET kind = excluded.kind, status = excluded.status, due_at = excluded.due_at`);
  const settle = db.prepare("UPDATE step SET status = ?, ended_at = ?, event = ?, due_at = NULL WHERE run = ? AND key = ?");
  const cancel = db.prepare(`
    INSERT INTO step (run, key, kind, status, ended_at, lsn) VALUES (?, ?, 'run', 'cancelled', ?, ?)
    ON CONFLICT (run, key) DO UPDATE SET status = 'cancelled', ended_at = excluded.ended_at, due_at = NULL`);
  const adopt = db.prepare(`
    INSERT INTO step (run, key, kind, status, ended_at, output, error_name, error_message, error_stack, event, adopted, edited, lsn)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
    ON CONFLICT (run, key) DO NOTHING`);
  const register = db.prepare(`
    INSERT INTO wait VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET path = excluded.path, value = excluded.value, condition = excluded.condition`);
  // It asks for no slots while it does nothing.
  const rest = db.prepare("UPDATE run SET asked_at = NULL WHERE id = ? AND asked_at IS NOT NULL");
  // Any sign of life ends a back-off of the function's own code.
  const goOn = db.prepare("UPDATE run SET status = 'running', retry_at = NULL WHERE id = ? AND status = 'retrying'");

  return {
    StepCompleted({ run, step, output, began }, at) {
      complete.run(run, step, began, at.time, output, at.lsn);
      goOn.run(run);
      at.cause = { run, step };
    },
    StepFailed({ run, step, attempt, error, retryAt, began }, { time, lsn }) {
      const { name, message, stack } = error;
      const [status, endedAt] = retryAt === null ? ["failed", time] : ["retrying", null];
      fail.run(run, step, status, began, endedAt, retryAt, name, message, stack, lsn);
      addAttempt.run(run, step, attempt, began, time, retryAt, name, message, stack);
      goOn.run(run);
    },
    StepAdopted({ run, step, outcome }, { time, lsn }) {
      const { kind, status, output = null, error, event, isEdited = false } = adoptedOf(outcome);
      const { name = null, message = null, stack = null } = error ?? {};
      adopt.run(
        run,
        step,
        kind,
        status,
        time,
        output,
        name,
        message,
        stack,
        event === null || event === undefined ? null : keep(event),
        isEdited ? 1 : 0,
        lsn,
      );
    },
    SleepStarted({ run, step, wakeAt, resting }, { time, lsn }) {
      begin.run(run, step, "sleep", "sleeping", time, wakeAt, null, null, lsn);
      if (resting) rest.run(run);
      goOn.run(run);
    },
    SleepEnded({ run, step }, { time }) {
      settle.run("slept", time, null, run, step);
    },
    WaitStarted({ run, step, event, deadline, resting }, { time, lsn }) {
      begin.run(run, step, "wait", "waiting", time, deadline, event, null, lsn);
      if (resting) rest.run(run);
      goOn.run(run);
    },
    WaitResolved({ run, step, event }, { time }) {
      settle.run(event === null ? "expired" : "resolved", time, event === null ? null : keep(event), run, step);
    },
    WaitRegistered({ run, step, path, value, condition, purpose }) {
      // In the partition that decides it. What cancels a run is no step of it.
      if (purpose !== "cancel") register.run(run, step, path, value, condition);
    },
    ChildInvoked({ run, step, child, deadline, resting }, { time, lsn }) {
      begin.run(run, step, "invoke", "invoking", time, deadline, null, child, lsn);
      if (resting) rest.run(run);
      goOn.run(run);
    },
    IterationAdvanced({ run, step, began }, { lsn }) {
      begin.run(run, step, "iterate", "iterating", began, null, null, null, lsn);
      goOn.run(run);
    },
    StepsCancelled({ run, steps }, { time, lsn }) {
      for (const step of steps) cancel.run(run, step, time, lsn);
    },
  };
}

interface Adopted {
  readonly kind: string;
  readonly status: string;
  readonly output?: string | null;
  readonly error?: Failure;
  readonly event?: TriggerEvent | null;
  readonly isEdited?: boolean;
}

/** The outcome as the run that is repeated had it: a sleep and a wait are known by how they end. */
function adoptedOf(text: string): Adopted {
  const outcome = JSON.parse(text) as AdoptedOutcome;
  switch (outcome.status) {
    case "completed":
      return { kind: "run", status: "completed", output: outcome.output, isEdited: outcome.edited === true };
    case "failed":
      return { kind: "run", status: "failed", error: outcome.error };
    case "slept":
      return { kind: "sleep", status: "slept" };
    case "resolved":
      return { kind: "wait", status: outcome.event === null ? "expired" : "resolved", event: outcome.event };
    case "cancelled":
      return { kind: "run", status: "cancelled" };
  }
}
