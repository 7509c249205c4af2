// Runs that have not started: events held for them, their place in a line, and why some never start.
//
// Gates are in partitions of their own, and each partition is projected at its own pace. So what is written here comes to the same in any order:
// the gate of the latest time counts, and a run that has started, or never will, stays that.
import type { DatabaseSync } from "node:sqlite";
import type { RunId } from "../../engine/core/ids.ts";
import type { RunParent } from "../../engine/workflow/records.ts";
import type { KeepEvent } from "./events.ts";
import type { Handlers, Place } from "./records.ts";

type LineRecord = "RunQueued" | "RunUnqueued" | "RunSkipped" | "EventHeld" | "HeldWentOn";

interface Waiting {
  readonly run: RunId;
  readonly functionId: string;
  readonly status: "held" | "queued";
  readonly gate: string;
  readonly event: string | null;
  readonly eventName: string;
  readonly needs: readonly string[];
  readonly parent: RunParent | null;
}

const IS_LATER = "(gate_at IS NULL OR (excluded.gate_at, excluded.gate) >= (gate_at, gate))";
const IS_WAITING = "status IN ('held', 'queued')";

export function recordsOfLines(db: DatabaseSync, keep: KeepEvent): Handlers<LineRecord> {
  const wait = db.prepare(`
    INSERT INTO run (id, function, status, event, event_name, queued_at, partition, gate, gate_at, needs, parent_run, parent_step)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET queued_at = min(excluded.queued_at, coalesce(queued_at, excluded.queued_at)),
      event = coalesce(event, excluded.event), event_name = iif(event_name = '', excluded.event_name, event_name),
      parent_run = coalesce(parent_run, excluded.parent_run), parent_step = coalesce(parent_step, excluded.parent_step),
      status = CASE WHEN ${IS_WAITING} AND ${IS_LATER} THEN excluded.status ELSE status END,
      gate = CASE WHEN ${IS_LATER} THEN excluded.gate ELSE gate END,
      partition = CASE WHEN ${IS_WAITING} AND ${IS_LATER} THEN excluded.partition ELSE partition END,
      needs = CASE WHEN ${IS_WAITING} AND ${IS_LATER} THEN excluded.needs ELSE needs END,
      gate_at = max(coalesce(gate_at, 0), excluded.gate_at)`);
  const cancel = db.prepare(`UPDATE run SET status = 'cancelled', reason = ?, ended_at = ? WHERE id = ? AND ${IS_WAITING}`);
  const skip = db.prepare(`
    INSERT INTO run (id, function, status, event, event_name, ended_at, partition, gate, gate_at, reason)
    VALUES (?1, ?2, 'skipped', ?3, coalesce((SELECT name FROM event WHERE origin = ?3), ''), ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (id) DO UPDATE SET status = 'skipped', ended_at = excluded.ended_at, gate = excluded.gate, gate_at = excluded.gate_at,
      reason = excluded.reason
    WHERE ${IS_WAITING}`);
  const holds = db.prepare("SELECT run FROM held WHERE partition = ? AND key = ?");
  const hold = db.prepare("INSERT INTO held VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET run = excluded.run, due = excluded.due");
  const letGo = db.prepare("DELETE FROM held WHERE partition = ? AND key = ?");
  const gather = gathering(db);
  const joined = db.prepare(`
    UPDATE run SET status = 'skipped', gate = 'batch', reason = 'its event joined the batch of another run' WHERE id = ? AND ${IS_WAITING}
      AND EXISTS (SELECT 1 FROM batched JOIN run r ON r.id = batched.run WHERE batched.event = ? AND r.function = ? AND r.id <> ?)`);

  function waits({ run, functionId, status, gate, event, eventName, needs, parent }: Waiting, { time, partition }: Place): void {
    const [parentRun, parentStep] = [parent?.run ?? null, parent?.step ?? null];
    wait.run(run, functionId, status, event, eventName, time, partition, gate, time, listText(needs), parentRun, parentStep);
    joined.run(run, event, functionId, run);
  }

  return {
    RunQueued({ run, functionId, gate, events, parent, needs }, at) {
      const [event = null, ...further] = events.map((one) => keep(one));
      waits({ run, functionId, status: "queued", gate, event, eventName: events[0]?.name ?? "", needs, parent }, at);
      for (const origin of further) gather(run, functionId, origin);
    },
    RunUnqueued({ run, reason }, { time }) {
      // Without a reason it went on to its next gate, which tells by itself what becomes of it.
      if (reason !== null) cancel.run(reason, time, run);
    },
    RunSkipped({ run, functionId, gate, reason, eventId, topic, partition, offset }, at) {
      skip.run(run, functionId, topic === "" ? eventId : `${topic}/${partition}/${offset}`, at.time, at.partition, gate, at.time, reason);
    },
    EventHeld({ key, gate, functionId, run, event, due }, at) {
      const origin = keep(event);
      const before = holds.get(at.partition, key)?.["run"];
      hold.run(at.partition, key, run, due);
      if (before === run) return gather(run, functionId, origin);
      // A batch is one run, of all of its events; elsewhere the last event takes the place of the one before.
      const reason = "a later event took the place of its event";
      if (typeof before === "string") skip.run(before, functionId, null, at.time, at.partition, gate, at.time, reason);
      waits({ run, functionId, status: "held", gate, event: origin, eventName: event.name, needs: [], parent: null }, at);
    },
    HeldWentOn({ key }, { partition }) {
      letGo.run(partition, key);
    },
  };
}

/** Most have none. */
export function listText(items: readonly string[]): string | null {
  return items.length === 0 ? null : JSON.stringify(items);
}

/** Gives a run one more event. What that event would have started alone is not started. */
export function gathering(db: DatabaseSync): (run: RunId, functionId: string, origin: string) => void {
  const add = db.prepare(`
    INSERT INTO batched SELECT ?, 1 + count(*), ? FROM batched WHERE run = ?
    HAVING NOT EXISTS (SELECT 1 FROM batched WHERE run = ? AND event = ?)`);
  const join = db.prepare(`
    UPDATE run SET status = 'skipped', gate = 'batch', reason = 'its event joined the batch of another run'
    WHERE event = ? AND function = ? AND id <> ? AND ${IS_WAITING}`);
  return (run, functionId, origin) => {
    add.run(run, origin, run, run, origin);
    join.run(origin, functionId, run);
  };
}
