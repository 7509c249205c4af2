// Runs: how they begin, how they fare, and how they end.
//
// A run that waits to start may be told of by partitions that are not its home, and partitions are projected each at its own pace. So what they
// tell changes only a run that is not known to have started (lines.ts); its home, where all of its other records stand, has the last word.
import type { DatabaseSync } from "node:sqlite";
import type { KeepEvent } from "./events.ts";
import { gathering, listText } from "./lines.ts";
import type { Pace } from "./pace.ts";
import type { Handlers } from "./records.ts";

type RunRecord =
  | "RunsStarted"
  | "RunCompleted"
  | "RunFailed"
  | "RunCancelled"
  | "RunAttemptFailed"
  | "RunParked"
  | "RunUnparked"
  | "RunQuarantined"
  | "RunReleased"
  | "RerunStarted";

/** What of a message can be searched for. */
const FINDABLE_LENGTH = 500;

export function recordsOfRuns(db: DatabaseSync, keep: KeepEvent, pace: Pace): Handlers<RunRecord> {
  const start = db.prepare(`
    INSERT INTO run (id, function, status, event, event_name, started_at, partition, began_offset, needs, parent_run, parent_step)
    VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET status = 'running', event = excluded.event, event_name = excluded.event_name, started_at = excluded.started_at,
      partition = excluded.partition, began_offset = excluded.began_offset, needs = excluded.needs, reason = NULL, parent_run = excluded.parent_run, parent_step = excluded.parent_step`);
  const gather = gathering(db);
  const complete = db.prepare(`
    UPDATE run SET status = 'completed', output = ?, ended_at = ?, retry_at = NULL, asked_at = NULL, reason = NULL WHERE id = ?
    RETURNING function, started_at AS startedAt`);
  const fail = db.prepare(`
    UPDATE run SET status = 'failed', error_name = ?, error_message = ?, error_stack = ?, ended_at = ?, retry_at = NULL, asked_at = NULL
    WHERE id = ? RETURNING rowid, function`);
  const findable = db.prepare("INSERT INTO failure_text (rowid, message) VALUES (?, ?)");
  const cancel = db.prepare("UPDATE run SET status = 'cancelled', reason = ?, ended_at = ?, retry_at = NULL, asked_at = NULL WHERE id = ?");
  const cancelSteps = db.prepare("UPDATE step SET status = 'cancelled', ended_at = ?, due_at = NULL WHERE run = ? AND ended_at IS NULL");
  const failAttempt = db.prepare("UPDATE run SET status = 'retrying', attempt = ?, retry_at = ?, asked_at = NULL WHERE id = ?");
  const addAttempt = db.prepare("INSERT INTO attempt VALUES (?, '', ?, NULL, ?, ?, ?, ?, ?)");
  const park = db.prepare("UPDATE run SET status = ?, reason = ?, asked_at = NULL WHERE id = ?");
  const rerun = db.prepare("UPDATE run SET rerun_of = ?, operation = ?, needs = ? WHERE id = ?");
  const end = (run: string, time: number, ended: () => void): void => {
    ended();
    // Nothing comes any more of what it had begun and did not wait for.
    cancelSteps.run(time, run);
  };
  return {
    RunsStarted({ event, runs, batch: further }, { time, partition, offset }) {
      const origin = keep(event);
      const origins = further.map((one) => keep(one));
      for (const { id, functionId, parent, needs } of runs) {
        start.run(id, functionId, origin, event.name, time, partition, offset, listText(needs), parent?.run ?? null, parent?.step ?? null);
        pace.started(functionId, time);
        for (const one of origins) gather(id, functionId, one);
      }
    },
    RunCompleted({ run, output }, { time }) {
      end(run, time, () => {
        const { function: functionId, startedAt } = complete.get(output, time, run) ?? {};
        if (typeof functionId === "string") pace.completed(functionId, time, typeof startedAt === "number" ? time - startedAt : null);
      });
    },
    RunFailed({ run, error }, at) {
      end(run, at.time, () => {
        const { rowid, function: functionId } = fail.get(error.name, error.message, error.stack, at.time, run) ?? {};
        if (typeof rowid !== "number" || typeof functionId !== "string") return;
        findable.run(rowid, error.message.slice(0, FINDABLE_LENGTH));
        pace.failed(functionId, at.time, run);
      });
      at.cause = { run, step: null };
    },
    RunCancelled({ run, reason }, at) {
      end(run, at.time, () => cancel.run(reason, at.time, run));
      at.cause = { run, step: null };
    },
    RunAttemptFailed({ run, attempt, error, retryAt }, { time }) {
      failAttempt.run(attempt + 1, retryAt, run);
      addAttempt.run(run, attempt, time, retryAt, error.name, error.message, error.stack);
    },
    RunParked({ run, difference }) {
      park.run("parked", difference, run);
    },
    RunUnparked({ run }) {
      park.run("running", null, run);
    },
    RunQuarantined({ run, reason }, at) {
      park.run("quarantined", reason, run);
      at.cause = { run, step: null };
    },
    RunReleased({ run }) {
      park.run("running", null, run);
    },
    RerunStarted({ run, original, operation, needs }) {
      rerun.run(original, operation, listText(needs), run);
    },
  };
}
