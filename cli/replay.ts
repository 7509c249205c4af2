// millrace replay: today's code over past runs.
import type { Command } from "commander";
import { dryRun } from "../engine/replay/dry-run/dry-run.ts";
import { isChange, VERDICTS, type DryRunReport } from "../engine/replay/dry-run/report.ts";
import { tableOf } from "../engine/replay/dry-run/table.ts";
import { functionOf, loadParts } from "./app-module.ts";
import { wholeNumber, withLogOf } from "./app-log.ts";
import { CliError } from "./cli-error.ts";
import { pastTime } from "./past-time.ts";
import { progressOf } from "./progress.ts";

export interface ReplayFlags {
  readonly function: string;
  readonly since: string;
  readonly until?: string;
  readonly where?: string;
  readonly dryRun?: true;
  readonly recompute?: readonly string[];
  readonly json?: true;
  readonly examples: string;
}

/** Something differs; what goes wrong is 1. */
const EXIT_DIFFERENT = 3;
const EXIT_UNSURE = 1;

export function replayCommand(command: Command): Command {
  return command
    .description("call today's code with past runs' recorded results, and tell which of them would be others")
    .argument("<module>", "path of the module that exports the app, .js or .ts")
    .requiredOption("--function <id>", "the function")
    .requiredOption("--since <time>", 'runs that started since then: an ISO 8601 time, "7 days" ago, or beginning')
    .option("--until <time>", "runs that started before")
    .option("--where <cel>", "only runs whose event is like this, e.g. 'event.data.country == \"CH\"'")
    .option("--dry-run", "nothing is executed and nothing is written: only compare. Exit code 3 where a run differs, 0 where none does")
    .option("--recompute <step…>", "compute these steps again, beside those that are declared pure")
    .option("--json", "the report as JSON")
    .option("--examples <number>", "how many runs to show of those that differ", "5")
    .action(replay);
}

async function replay(module: string, flags: ReplayFlags): Promise<void> {
  if (flags.dryRun !== true) throw new CliError("CLI_REPLAY_HOW", "say what to do with these runs: --dry-run compares them");
  const examples = wholeNumber("--examples", flags.examples);
  const report = await dryRunOf(module, flags);
  const text = flags.json === true ? JSON.stringify(report, null, 2) : tableOf(report, { examples }).join("\n");
  process.stdout.write(`${text}\n`);
  process.exitCode = exitCodeOf(report);
}

/** @throws CliError; StartError; whatever keeps the log from being read */
export async function dryRunOf(module: string, flags: ReplayFlags): Promise<DryRunReport> {
  const { since, until, where, recompute } = flags;
  const parts = await loadParts(module);
  const registered = functionOf(parts, flags.function);
  const span = timesOf(since, until);
  const { id, maxEventBytes } = parts.options;
  const progress = progressOf(`dry run of ${registered.id}`);
  // What waits in user code does not keep a process alive by itself.
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    return await withLogOf(parts.options, ({ log, topics, partitions }) =>
      dryRun({
        app: id,
        function: registered,
        log,
        journal: topics.journal,
        partitions,
        maxEventBytes,
        ...span,
        ...(where === undefined ? {} : { where }),
        ...(recompute === undefined ? {} : { recompute }),
        onProgress: (told) => {
          if ("finding" in told) progress.at(told.finding, 1, "reading journals");
          else progress.at(told.done, told.total, `${told.done.toLocaleString("en")} runs, ${told.changed} differ`);
        },
      }),
    );
  } finally {
    progress.end();
    clearInterval(alive);
  }
}

function timesOf(since: string, until: string | undefined): { readonly since?: number; readonly until?: number } {
  const [from, to] = [pastTime("--since", since), until === undefined ? undefined : pastTime("--until", until)];
  return { ...(from === undefined ? {} : { since: from }), ...(to === undefined ? {} : { until: to }) };
}

function exitCodeOf({ counts }: DryRunReport): number {
  if (VERDICTS.some((verdict) => isChange(verdict) && counts[verdict] > 0)) return EXIT_DIFFERENT;
  return counts["not-settled"] > 0 ? EXIT_UNSURE : 0;
}
