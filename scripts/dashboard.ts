// The dashboard, built where it is not there yet or older than what it is made of: whoever runs a working copy need not know of that step.
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { ROOT, runCommand, seconds } from "./command.ts";

const BUILT = "dist-web/index.html";
/** Of the rest of the house the browser's program has types, which leave nothing in it, and this. */
const MADE_OF = ["web", "engine/schemas/avro", "vite.config.ts", "package-lock.json"];

/** All else runs without it, so a build that fails is told, and no more. */
export async function haveDashboard(): Promise<void> {
  if (isCurrent(ROOT)) return;
  console.log("building the dashboard (some seconds, once) …");
  const { ok, output, tookMs } = await runCommand("vite", ["build", "--logLevel", "error"], { env: { NODE_ENV: "production" } });
  if (ok) console.log(`built in ${seconds(tookMs)}`);
  else
    console.error(`${output.trimEnd()}\nThe dashboard could not be built; the API runs without it. Once that is mended: npm run build:web`);
}

/** `root`: of a working copy. */
export function isCurrent(root: string): boolean {
  const builtAt = changedAt(path.join(root, BUILT));
  return MADE_OF.every((name) => newestIn(path.join(root, name)) <= builtAt);
}

/** A folder is as new as the newest in it, and as the last time that something went from it. */
function newestIn(place: string): number {
  const inside = isFolder(place) ? readdirSync(place, { recursive: true, encoding: "utf8" }) : [];
  return Math.max(changedAt(place), ...inside.map((name) => changedAt(path.join(place, name))));
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Milliseconds since 1970; -1 for what is not there. */
function changedAt(place: string): number {
  return statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}
