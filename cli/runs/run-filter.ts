// Which runs a command is about, by its flags.
import type { Command } from "commander";
import { RUN_STATUSES } from "../../consumers/run-history/list-runs.ts";
import { CliError } from "../cli-error.ts";
import { meant } from "../choose.ts";
import { pastTime } from "../past-time.ts";
import type { RunFilter, RunSource } from "./run-source.ts";

export interface FilterFlags {
  readonly function?: string;
  readonly status?: string;
  readonly event?: string;
  readonly search?: string;
  readonly since?: string;
  readonly until?: string;
}

export function withRunFilter(command: Command): Command {
  return command
    .option("--function <id>", "only runs of this function")
    .option("--status <statuses>", `only runs that are one of these, with commas: ${RUN_STATUSES.join(", ")}`)
    .option("--event <name>", "only runs that this event triggered")
    .option("--search <text>", "only runs with this at the beginning of their id, or of their event's id or key, or in an error's message")
    .option("--since <time>", "only runs from then on: an ISO 8601 time, or how long ago, e.g. 2h")
    .option("--until <time>", "only runs from before then");
}

/** @throws CliError `CLI_BAD_STATUS`, `CLI_BAD_TIME` */
export function runFilterOf({ function: functionId, status, event, search, since, until }: FilterFlags): RunFilter {
  const from = since === undefined ? undefined : pastTime("--since", since);
  const to = until === undefined ? undefined : pastTime("--until", until);
  return {
    ...(functionId === undefined ? {} : { function: functionId }),
    ...(status === undefined ? {} : { status: checkedStatuses(status) }),
    ...(event === undefined ? {} : { event }),
    ...(search === undefined ? {} : { search }),
    ...(from === undefined ? {} : { since: Math.round(from) }),
    ...(to === undefined ? {} : { until: Math.round(to) }),
  };
}

export function isFiltered(filter: RunFilter): boolean {
  return Object.keys(filter).length > 0;
}

function checkedStatuses(text: string): string {
  const given = text.split(",").map((one) => one.trim());
  const known: readonly string[] = RUN_STATUSES;
  const unknown = given.find((one) => !known.includes(one));
  if (unknown === undefined) return given.join(",");
  throw new CliError("CLI_BAD_STATUS", `--status: "${unknown}" is none: ${meant(unknown, known)}`);
}

/** A list without a run may come of a function that there is not. @throws CliError `CLI_NO_FUNCTION` */
export async function checkFunction(source: RunSource, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const known = await source.functionIds();
  if (known.length > 0 && !known.includes(id)) throw new CliError("CLI_NO_FUNCTION", `there is no function "${id}": ${meant(id, known)}`);
}

/** As `runs list` of it, whatever else a filter says: a function that is gone is known by its runs. @throws CliError `CLI_NO_FUNCTION` */
export async function checkFunctionOrItsRuns(source: RunSource, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const { items } = await source.page({ function: id }, 1, null);
  if (items.length === 0) await checkFunction(source, id);
}
