// millrace state: the app's runs as they were at a past time, from its journals alone.
import type { Command } from "commander";
import { pastPartition, type PastPartition, type PastRun, type PastStateOptions } from "../engine/replay/past-state.ts";
import { MillraceError } from "../engine/core/errors.ts";
import { plainText } from "../engine/core/plain-text.ts";
import { functionsInForce } from "../engine/worker/functions-in-force.ts";
import { meant } from "./choose.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";
import type { Sealing } from "../engine/core/sealing.ts";
import { shown } from "../engine/sealing/shown.ts";
import { withKeys } from "./with-keys.ts";
import { pastTime } from "./past-time.ts";
import { partitionsOf, withAppLog, withLogFlags, type AppLog, type LogFlags } from "./app-log.ts";
import { progressOf } from "./progress.ts";
import { say } from "./say.ts";

interface StateFlags extends LogFlags {
  readonly at?: string;
  readonly offsets?: string;
  readonly partition?: string;
  readonly function?: string;
  readonly run?: string;
  readonly json?: true;
}

type Cut = (partition: number) => PastStateOptions["at"] | null;

export function stateCommand(command: Command): Command {
  return withLogFlags(command)
    .description("show the runs of an app as they were at a past time; each partition is cut by itself")
    .option("--at <time>", 'an ISO 8601 time, e.g. 2026-11-20T08:00Z, or how long ago, e.g. "2 hours" (default: now)')
    .option("--offsets <partition:offset,…>", "before these entries of the journals instead; other partitions are left out")
    .option("--partition <number>", "only this partition")
    .option("--function <id>", "only runs of this function")
    .option("--run <id>", "only this run, by its id or the beginning of it, with its steps")
    .option("--json", "a line of JSON a run, and one a partition")
    .action((flags: StateFlags) => withAppLog(flags, (app) => withKeys(app, (sealing) => printState(app, flags, sealing))));
}

async function printState(app: AppLog, flags: StateFlags, sealing: Sealing | null): Promise<void> {
  const cut = cutOf(flags, app);
  let count = 0;
  for (const partition of partitionsOf(app, flags.partition)) {
    const at = cut(partition);
    if (at === null) continue;
    try {
      count += print(await shown(sealing, await pastOf(app, partition, at)), flags);
    } catch (error) {
      // The others are as worth knowing.
      if (!(error instanceof MillraceError)) throw error;
      process.exitCode = 1;
      say(`${error.code}: ${error.message}`);
    }
  }
  if (count > 0) return;
  if (flags.run === undefined) return checkFunction(app, flags.function);
  // One that could not be looked at may have it.
  process.exitCode ??= EXIT.notFound;
  say(`no run ${flags.run} was open then: it was over, or had not begun. \`millrace runs show\` tells of those that are over`);
}

/** Nothing to show may come of a function that there is not. @throws CliError `CLI_NO_FUNCTION` */
async function checkFunction({ log, topics }: AppLog, id: string | undefined): Promise<void> {
  const known = id === undefined ? null : await functionsInForce({ log, topics });
  if (id === undefined || known === null || known.has(id)) return;
  throw new CliError(
    "CLI_NO_FUNCTION",
    `no run of "${id}" was open then, and there is no such function now: ${meant(id, [...known.keys()])}`,
  );
}

function pastOf(app: AppLog, partition: number, at: PastStateOptions["at"]): Promise<PastPartition> {
  const progress = progressOf(`partition ${partition}`);
  return pastPartition({
    ...app,
    partition,
    at,
    onProgress: ({ offset, end, records }) => progress.at(offset, end, `${records.toLocaleString("en")} decisions`),
  }).finally(() => progress.end());
}

/** Returns how many runs it has shown. */
function print(past: PastPartition, { function: functionId, run, json }: StateFlags): number {
  const { runs, ...rest } = past;
  const shown = runs.filter(
    (one) => (functionId === undefined || one.function === functionId) && (run === undefined || one.run.startsWith(run.toUpperCase())),
  );
  if (json === true) {
    for (const line of [rest, ...shown.map((one) => ({ partition: past.partition, ...one }))])
      process.stdout.write(`${JSON.stringify(line)}\n`);
    return shown.length;
  }
  // A claim is numbered like a frame, and has no time.
  const when = past.time === 0 ? "nothing was decided yet" : `as of frame ${past.lsn}, ${new Date(past.time).toISOString()}`;
  process.stdout.write(`partition ${past.partition}: ${when}; ${runs.length} open runs, ${past.queued} queued\n`);
  for (const one of shown) process.stdout.write(`${linesOf(one, run !== undefined).join("\n")}\n`);
  return shown.length;
}

function linesOf(run: PastRun, isWhole: boolean): readonly string[] {
  const head = `  ${run.run}  ${run.function}  ${run.status}  since ${new Date(run.startedAt).toISOString()}  by ${run.event.name} ${run.event.id}`;
  const steps = isWhole ? run.steps : run.steps.filter(({ until }) => until !== undefined);
  return [head, ...steps.map((step) => `      ${step.step}  ${step.status}${aboutOf(step)}`)].map((line) => plainText(line));
}

function aboutOf({ until, event, output }: PastRun["steps"][number]): string {
  return [
    event === undefined ? "" : `  ${event}`,
    until === undefined ? "" : `  until ${new Date(until).toISOString()}`,
    output === undefined ? "" : `  ${output.length > 120 ? `${output.slice(0, 119)}…` : output}`,
  ].join("");
}

function cutOf({ at, offsets }: StateFlags, app: AppLog): Cut {
  if (offsets === undefined) {
    const time = at === undefined ? Number.MAX_SAFE_INTEGER : (pastTime("--at", at) ?? 0);
    return () => ({ time });
  }
  if (at !== undefined) throw new CliError("CLI_BAD_TIME", "--at and --offsets say two things: give one of them");
  const byPartition = new Map(offsets.split(",").map(placeOf));
  for (const partition of byPartition.keys()) partitionsOf(app, String(partition));
  return (partition) => {
    const offset = byPartition.get(partition);
    return offset === undefined ? null : { offset };
  };
}

function placeOf(text: string): readonly [partition: number, offset: number] {
  const match = /^(\d+):(\d+)$/.exec(text.trim());
  if (match === null) throw new CliError("CLI_BAD_NUMBER", `--offsets is a list such as 0:1200,3:88 (partition:offset), not "${text}"`);
  return [Number(match[1]), Number(match[2])];
}
