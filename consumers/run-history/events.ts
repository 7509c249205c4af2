// Events: those that runs began with or were answered by, and those that runs sent.
import type { DatabaseSync } from "node:sqlite";
import { originOf } from "../../engine/workflow/event/origin.ts";
import type { TriggerEvent } from "../../engine/workflow/records.ts";
import type { Handlers } from "./records.ts";

/** Keeps an event, once, and returns its origin. */
export type KeepEvent = (event: TriggerEvent) => string;

export function keepingEvents(db: DatabaseSync): KeepEvent {
  const insert = db.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  // Runs that it did not start are told of without it, maybe before it is.
  const tell = db.prepare("UPDATE run SET event_name = ? WHERE event = ? AND event_name = ''");
  return (event) => {
    const { id, name, data, time, key, topic, partition, offset, appendedAt, corrects } = event;
    const origin = originOf(event);
    const { changes } = insert.run(origin, id, name, time, key, topic, partition, offset, appendedAt, corrects, data);
    if (changes > 0) tell.run(name, origin);
    return origin;
  };
}

export function recordsOfEmissions(db: DatabaseSync): Handlers<"EmissionOwed" | "EmissionsConfirmed" | "InputRejected"> {
  const owe = db.prepare("INSERT INTO emission VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)");
  const sends = db.prepare("UPDATE step SET kind = 'send' WHERE run = ? AND key = ? AND kind = 'run'");
  const confirm = db.prepare(
    "UPDATE emission SET confirmed_at = ? WHERE partition = ? AND sequence > (SELECT confirmed FROM position WHERE partition = ?) AND sequence <= ?",
  );
  const confirmed = db.prepare("UPDATE position SET confirmed = ? WHERE partition = ?");
  const reject = db.prepare("INSERT INTO rejected VALUES (?, ?, ?, ?, ?, ?)");
  return {
    EmissionOwed({ sequence, target, key, value, headers }, { partition, time, cause }) {
      const said = (header: string): string | null => headers[header]?.toString() ?? null;
      // What a schema has written is not text.
      const isText = /json|text/.test(said("content-type") ?? "json");
      const data = isText ? (value?.toString() ?? null) : null;
      const { run = null, step = null } = cause ?? {};
      const keyText = key?.toString() ?? null;
      owe.run(partition, sequence, run, step, target, said("ce_id"), said("ce_type"), keyText, said("ce_corrects"), time, data);
      if (step !== null && target === "events") sends.run(run, step);
    },
    EmissionsConfirmed({ through }, { partition, time }) {
      confirm.run(time, partition, partition, through);
      confirmed.run(through, partition);
    },
    InputRejected({ topic, partition, offset, code, reason }, at) {
      reject.run(topic, partition, offset, code, reason, at.time);
      at.cause = null;
    },
  };
}
