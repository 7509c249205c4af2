// What a history knows of the deployment: which functions a partition has, which are paused, who owns what.
import type { DatabaseSync } from "node:sqlite";
import { declaredId } from "../../engine/workflow/run/handlers.ts";
import { parseManifest } from "../../engine/workflow/trigger/manifest.ts";

/** By the manifest that this partition decides by; null where it is not known which that is. */
export function isDeployed(db: DatabaseSync, partition: number, functionId: string): boolean | null {
  const row = db
    .prepare("SELECT content FROM activated JOIN manifest ON manifest.version = activated.version WHERE activated.partition = ?")
    .get(partition);
  if (row === undefined) return null;
  const id = declaredId(functionId);
  return parseManifest(String(row["content"])).functions.some((spec) => spec.id === id);
}

/** What becomes of a paused function's events; null where it is not paused. */
export function pauseOf(db: DatabaseSync, functionId: string): "keep" | "skip" | null {
  const row = db.prepare("SELECT events FROM paused WHERE function = ? LIMIT 1").get(declaredId(functionId));
  if (row === undefined) return null;
  return row["events"] === "skip" ? "skip" : "keep";
}

/** Who claimed a partition last: a worker's name; null: nobody ever. */
export function ownerOf(db: DatabaseSync, partition: number): { readonly worker: string; readonly at: number } | null {
  const row = db.prepare("SELECT worker, at FROM owner WHERE partition = ?").get(partition);
  return row === undefined ? null : { worker: String(row["worker"]), at: Number(row["at"]) };
}
