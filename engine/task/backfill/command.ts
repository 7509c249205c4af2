// What people say of backfills, checked where they say it, and told to every partition: each has a part of the past.
import { ConfigurationError } from "../../core/configuration-error.ts";
import { randomId } from "../../core/ids.ts";
import { shown } from "../../core/shown.ts";
import { tellPartition, type CommandTarget } from "../tell-partition.ts";
import type { ControlBackfill, StartBackfill } from "../../workflow/records.ts";
import { eventTriggers } from "../../workflow/backfill/seams.ts";
import type { FunctionSpec } from "../../workflow/trigger/manifest.ts";

export interface BackfillOptions {
  /** Where it begins: `beginning` (the default), a date, or an ISO 8601 time. */
  readonly from?: "beginning" | Date | (string & {});
  /** Events from then on do not count. Default: up to where the function gets events anyway. */
  readonly until?: Date | string;
  /** Events a second, in all partitions; each has an equal part. Default: as many as there is room for beside live events. */
  readonly rate?: number;
  /** Its name; told again with the same, it is the same. Default: one that nobody has. */
  readonly id?: string;
}

const NAMES: readonly string[] = ["from", "until", "rate", "id"] satisfies readonly (keyof BackfillOptions)[];
const MAX_ID = 128;
const MAX_RATE = 10_000_000;

/** `functions`: those that are known, null for none. @throws ConfigurationError `INVALID_BACKFILL`, `UNKNOWN_FUNCTION` */
export function backfillCommand(
  functionId: string,
  options: BackfillOptions,
  functions: ReadonlyMap<string, FunctionSpec> | null,
): StartBackfill {
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw invalid(`it has ${NAMES.join(", ")}, and no ${shown(name)}`);
  }
  checkFunction(functionId, functions);
  const { from = "beginning", until, rate = 0, id = `${functionId}-${randomId().slice(0, 8)}` } = options;
  if (typeof id !== "string" || id === "" || id.length > MAX_ID) throw invalid(`its id is a text of 1 to ${MAX_ID} characters`);
  if (typeof rate !== "number" || !(rate >= 0 && rate <= MAX_RATE)) {
    throw invalid(`its rate is a number of events a second, up to ${MAX_RATE}, not ${shown(rate)}`);
  }
  const since = from === "beginning" ? null : timeOf("from", from);
  const end = until === undefined ? null : timeOf("until", until);
  if (since !== null && end !== null && end <= since) throw invalid("it ends before it begins");
  return { type: "StartBackfill", id, functionId, since, until: end, rate };
}

export function controlCommand(id: string, action: "pause" | "resume" | "cancel"): ControlBackfill {
  return { type: "ControlBackfill", id, action };
}

/** Resolves when the log has it for all of them. What fails may have reached some, and can be told again. @throws LogError */
export async function tellAll(target: CommandTarget, command: StartBackfill | ControlBackfill): Promise<void> {
  const partitions = Array.from({ length: target.partitions }, (_, partition) => partition);
  await Promise.all(partitions.map((partition) => tellPartition(target, partition, command)));
}

function checkFunction(functionId: string, functions: ReadonlyMap<string, FunctionSpec> | null): void {
  if (functions === null || functions.size === 0) return;
  const spec = functions.get(functionId);
  if (spec === undefined) {
    throw new ConfigurationError(
      "UNKNOWN_FUNCTION",
      `there is no function ${shown(functionId)}: the app has ${[...functions.keys()].join(", ")}`,
    );
  }
  if (eventTriggers(spec) === "[]") throw invalid(`no event triggers function ${shown(functionId)}`);
}

function timeOf(name: string, given: Date | string): number {
  const time = given instanceof Date ? given.getTime() : typeof given === "string" ? Date.parse(given) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw invalid(`${name} is a date, or an ISO 8601 time such as 2026-11-20T08:00Z, not ${shown(given)}`);
}

function invalid(problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_BACKFILL", `backfill: ${problem}`);
}
