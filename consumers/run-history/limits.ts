// What keeps runs from going on that have started, or functions from starting any: slots that they wait for, and people who paused them.
import type { DatabaseSync } from "node:sqlite";
import type { Handlers } from "./records.ts";

type LimitRecord = "SlotsAsked" | "SlotsGiven" | "CellSet" | "CellsForgotten";

const PAUSE = "pause/";

export function recordsOfLimits(db: DatabaseSync): Handlers<LimitRecord> {
  const ask = db.prepare("UPDATE run SET asked_at = coalesce(asked_at, ?) WHERE id = ?");
  const give = db.prepare("UPDATE run SET asked_at = NULL WHERE id = ? AND asked_at IS NOT NULL");
  const pause = db.prepare("INSERT INTO paused VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET events = excluded.events");
  const resume = db.prepare("DELETE FROM paused WHERE partition = ? AND function = ?");
  return {
    SlotsAsked({ run }, { time }) {
      ask.run(time, run);
    },
    SlotsGiven({ run }) {
      give.run(run);
    },
    CellSet({ key, kind, text }, { partition }) {
      if (kind === "pause") pause.run(partition, key.slice(PAUSE.length), text ?? "keep");
    },
    CellsForgotten({ keys }, { partition }) {
      for (const key of keys) if (key.startsWith(PAUSE)) resume.run(partition, key.slice(PAUSE.length));
    },
  };
}
