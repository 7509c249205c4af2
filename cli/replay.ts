// millrace replay: today's code over past runs.
import type { Command } from "commander";
import { isChange, VERDICTS, type DryRunReport } from "../engine/replay/dry-run/report.ts";
import { tableOf } from "../engine/replay/dry-run/table.ts";
import { withKeys } from "./with-keys.ts";
import { shown } from "../engine/sealing/shown.ts";
import { dryRunOfApp } from "../server/replays/dry-run-of-app.ts";
import { functionOf, loadParts } from "./app-module.ts";
import { toStandardError, wholeNumber, withLogOf } from "./app-log.ts";
import { applyReplay, orderOf, type ApplyFlags } from "./replay-apply.ts";
import { chosenOf, readReport } from "./report-file.ts";
import { CliError } from "./cli-error.ts";
import { pastTime } from "./past-time.ts";
import { printingAside } from "./printing-aside.ts";
import { progressOf } from "./progress.ts";
import { untilDone } from "./unread-output.ts";

export interface ReplayFlags extends ApplyFlags {
  readonly since?: string;
  readonly until?: string;
  readonly apply?: true;
  readonly dryRun?: true;
  readonly recompute?: readonly string[];
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
    .option("--since <time>", 'runs that started since then: an ISO 8601 time, "7 days" ago, or beginning')
    .option("--until <time>", "runs that started before")
    .option("--where <cel>", "only runs whose event is like this, e.g. 'event.data.country == \"CH\"'")
    .option("--dry-run", "nothing is executed and nothing is written: only compare. Exit code 3 where a run differs, 0 where none does")
    .option("--apply", "repeat the runs that are others, from where they are: what came before is taken over")
    .option("--report <file>", "with --apply: repeat the runs of this report of a dry run, instead of making one now")
    .option("--all", "with --apply: repeat all of these runs, from their start, whether they would be others or not")
    .option("--emit <which>", "with --apply: send events that are `changed`, `all`, or `none`", "changed")
    .option("--rate <number>", "with --apply: runs a second; 0 for as fast as it goes", "50")
    .option(
      "--while-running <what>",
      "with --apply: of runs that are not over, `refuse` all, `skip` them, or `cancel` them first",
      "refuse",
    )
    .option("--cancelled <what>", "with --apply: of runs that had been cancelled, `skip` them or `repeat` them, too", "skip")
    .option(
      "--id <operation>",
      "with --apply: go on with an operation that was interrupted (default: that of the --report, else a new one)",
    )
    .option("--wait", "with --apply: until the re-runs are over")
    .option("--recompute <step>", "compute this step again, beside those that are declared pure; give it once for each", named)
    .option("--json", "the report as JSON")
    .option("--examples <number>", "how many runs to show of those that differ", "5")
    .action(replay);
}

async function replay(module: string, flags: ReplayFlags): Promise<void> {
  if (flags.dryRun !== true && flags.apply !== true) {
    throw new CliError("CLI_REPLAY_HOW", "say what to do with these runs: --dry-run compares them, --apply repeats those that are others");
  }
  if (flags.dryRun === true) checkDryRun(flags);
  const examples = wholeNumber("--examples", flags.examples);
  if (flags.apply === true) return apply(module, flags, examples);
  const { report, opened } = await printingAside(() => dryRunOf(module, flags));
  // JSON is kept, and read by `--report`: data of subjects stays sealed in it.
  const text = flags.json === true ? JSON.stringify(report, null, 2) : tableOf(opened, { examples }).join("\n");
  process.stdout.write(`${text}\n`);
  process.exitCode = exitCodeOf(report);
}

async function apply(module: string, flags: ReplayFlags, examples: number): Promise<void> {
  using _ = untilDone();
  const order = orderOf(flags);
  checkReport(flags);
  const parts = await printingAside(() => loadParts(module));
  functionOf(parts, flags.function);
  if (flags.report !== undefined) {
    const { operation, chosen, span } = readReport(flags.report, { app: parts.options.id, function: flags.function });
    return await applyReplay(parts, { flags, order: flags.id === undefined ? { ...order, operation } : order, chosen, span });
  }
  const span = timesOf(flags);
  if (flags.all === true) return await applyReplay(parts, { flags, order, chosen: null, span });
  const { report, opened } = await printingAside(() => dryRunOf(module, flags));
  if (flags.json !== true) process.stdout.write(`${tableOf(opened, { examples }).join("\n")}\n\n`);
  await applyReplay(parts, { flags, order, chosen: chosenOf(report.runs), span });
}

/** Commander's own lists would take the module for a further step. */
function named(step: string, before: readonly string[] = []): readonly string[] {
  return [...before, step];
}

/** Whoever gives these has something else in mind than to compare all runs of a time. @throws CliError `CLI_REPLAY_HOW` */
function checkDryRun(flags: ReplayFlags): void {
  const others = (["apply", "report", "all", "wait"] as const).filter((name) => flags[name] !== undefined);
  if (others.length === 0) return;
  const named = others.map((name) => `--${name}`).join(", ");
  throw new CliError("CLI_REPLAY_HOW", `--dry-run compares, and does nothing: leave out ${named}, or --dry-run`);
}

/** What a report says nobody says beside it. @throws CliError `CLI_REPLAY_HOW` */
function checkReport(flags: ReplayFlags): void {
  if (flags.report === undefined) return;
  const twice = (["since", "until", "where", "recompute", "all"] as const).filter((name) => flags[name] !== undefined);
  if (twice.length === 0) return;
  const named = twice.map((name) => `--${name}`).join(", ");
  throw new CliError("CLI_REPLAY_HOW", `--report names the runs: leave out ${named}, or make a dry run with that and take its report`);
}

interface DryRunFound {
  readonly report: DryRunReport;
  /** The same for people: data of subjects is opened. */
  readonly opened: DryRunReport;
}

/** @throws CliError; StartError; whatever keeps the log from being read */
async function dryRunOf(module: string, flags: ReplayFlags): Promise<DryRunFound> {
  const { where, recompute } = flags;
  const parts = await loadParts(module);
  const registered = functionOf(parts, flags.function);
  const span = timesOf(flags);
  const progress = progressOf(`dry run of ${registered.id}`);
  // What waits in user code does not keep a process alive by itself.
  const alive = setInterval(() => {}, 2 ** 30);
  process.once("exit", tellEnded);
  try {
    return await withLogOf({ ...parts.options, codec: parts.codec }, async (app) => {
      const { log, topics, partitions } = app;
      const report = await dryRunOfApp({
        parts,
        function: registered,
        log,
        topics,
        partitions,
        logger: toStandardError,
        ...span,
        ...(where === undefined ? {} : { where }),
        ...(recompute === undefined ? {} : { recompute }),
        onProgress: (told) => {
          if ("finding" in told) progress.at(told.finding, 1, "reading journals");
          else progress.at(told.done, told.total, `${told.done.toLocaleString("en")} runs, ${told.changed} differ`);
        },
      });
      return { report, opened: await withKeys(app, (sealing) => shown(sealing, report)) };
    });
  } finally {
    progress.end();
    clearInterval(alive);
    process.off("exit", tellEnded);
  }
}

/** What user code did, by `process.exit` or an error that nobody caught, must not pass for a report: 0 is "all are the same". */
function tellEnded(): void {
  process.exitCode = EXIT_UNSURE;
  process.stderr.write("the app's code ended this process before the dry run was over: there is no report\n");
}

function timesOf({ since, until }: ReplayFlags): { readonly since?: number; readonly until?: number } {
  if (since === undefined) throw new CliError("CLI_BAD_TIME", `say since when: --since "7 days", an ISO 8601 time, or beginning`);
  const [from, to] = [pastTime("--since", since), until === undefined ? undefined : pastTime("--until", until)];
  if (to !== undefined && to <= (from ?? -Infinity))
    throw new CliError("CLI_BAD_TIME", "--until is not after --since: no run started then");
  return { ...(from === undefined ? {} : { since: from }), ...(to === undefined ? {} : { until: to }) };
}

function exitCodeOf({ counts }: DryRunReport): number {
  if (VERDICTS.some((verdict) => isChange(verdict) && counts[verdict] > 0)) return EXIT_DIFFERENT;
  return counts["not-settled"] > 0 ? EXIT_UNSURE : 0;
}
