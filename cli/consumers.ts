// millrace consumers: how far they are, pausing them, and having a new version take the place of the one before.
import type { Command } from "commander";
import { pauseCommand, resumeCommand, tellFunction, type FunctionCommand } from "../engine/sdk/function-commands.ts";
import { consumerTopics } from "../engine/task/consumer/consumer-topics.ts";
import { SwapError } from "../engine/worker/swap/swap-error.ts";
import { swapConsumer, type SwapProgress } from "../engine/worker/swap/swap.ts";
import { ConsumerVersion } from "../engine/worker/swap/version.ts";
import type { ConsumerTold } from "../engine/workflow/records.ts";
import { CliError } from "./cli-error.ts";
import { wholeNumber, withAppLog, withLogFlags, type AppLog, type LogFlags } from "./app-log.ts";
import { progressOf } from "./progress.ts";

interface ConsumerFlags extends LogFlags {
  readonly consumer: string;
  readonly consumerVersion?: string;
  readonly json?: true;
}

interface SwapFlags extends LogFlags {
  readonly consumer: string;
  readonly from?: string;
  readonly to: string;
  readonly compare?: string;
}

const ANSWER_MS = 10_000;
/** So many numbers may lie between two versions that follow each other. */
const MAX_APART = 20;

export function consumersCommand(command: Command): Command {
  command.description("consumers of an app: how far they are, and versions that take each other's place");
  const one = (name: string, description: string): Command =>
    withLogFlags(command.command(name))
      .description(description)
      .requiredOption("--consumer <id>", "the consumer's id")
      .option("--consumer-version <number>", "one version of it (default: all that the log has)");
  one("show", "how far each partition of a consumer is, as its owner says")
    .option("--json", "a line of JSON a partition")
    .action((flags: ConsumerFlags) => withAppLog(flags, (app) => show(app, flags)));
  one("pause", "read no further and handle nothing until it is resumed, through restarts").action((flags: ConsumerFlags) =>
    withAppLog(flags, (app) => tell(app, flags, pauseCommand(flags.consumer))),
  );
  one("resume", "go on").action((flags: ConsumerFlags) => withAppLog(flags, (app) => tell(app, flags, resumeCommand(flags.consumer))));
  withLogFlags(command.command("swap"))
    .description(
      "have a new version of a consumer take the place of the one before; both have to run. Given again, it goes on where it was",
    )
    .requiredOption("--consumer <id>", "the consumer's id")
    .requiredOption("--to <version>", "the new version")
    .option("--from <version>", "the version before (default: one less)")
    .option("--compare <what>", "compare what they keep at the same positions first: `refuse` where it differs, or only `report` it")
    .action((flags: SwapFlags) => withAppLog(flags, (app) => swap(app, flags)));
  return command;
}

async function show(app: AppLog, flags: ConsumerFlags): Promise<void> {
  checkOthersRun(app);
  for (const [version, consumer] of await versionsOf(app, flags)) {
    const told = await consumer.ask().catch((error: unknown) => {
      if (error instanceof SwapError && error.code === "SWAP_NO_ANSWER") return error;
      throw error;
    });
    // Others are shown all the same: an old version may be stopped for good.
    if (told instanceof SwapError) {
      process.stderr.write(`${told.code}: ${told.message}\n`);
      process.exitCode = 1;
      continue;
    }
    for (const [partition, one] of told.entries()) {
      const lags = await Promise.all(one.positions.map(async (at) => (await app.log.latestOffset(at)) - at.offset));
      const shown: Shown = { ...one, version, partition, lag: lags.reduce((sum, lag) => sum + Math.max(lag, 0), 0) };
      process.stdout.write(`${flags.json === true ? jsonOf(shown) : lineOf(shown)}\n`);
    }
  }
}

interface Shown extends ConsumerTold {
  readonly version: number;
  readonly partition: number;
  readonly lag: number;
}

function jsonOf({ version, partition, mode, paused, lag, owed, positions }: Shown): string {
  return JSON.stringify({ version, partition, mode, isPaused: paused, lag, waiting: owed, positions });
}

function lineOf({ version, partition, mode, paused, lag, owed, positions }: Shown): string {
  const sources = positions.map(({ topic, partition: of, offset }) => `${topic}/${of} at ${offset}`).join(", ");
  return `version ${version}, partition ${partition}: ${mode}${paused ? ", paused" : ""}, lag ${lag}, ${owed} to be handled; ${sources}`;
}

async function tell(app: AppLog, flags: ConsumerFlags, command: FunctionCommand): Promise<void> {
  const { log } = app;
  for (const [version, { topics, partitions }] of await versionsOf(app, flags)) {
    await tellFunction({ log, inbox: topics.inbox, partitions }, command);
    process.stdout.write(`${JSON.stringify({ type: command.type, consumer: flags.consumer, version })}\n`);
  }
}

async function swap(app: AppLog, flags: SwapFlags): Promise<void> {
  checkOthersRun(app);
  const to = wholeNumber("--to", flags.to, 2);
  const from = flags.from === undefined ? to - 1 : wholeNumber("--from", flags.from, 1);
  const { compare } = flags;
  if (compare !== undefined && compare !== "refuse" && compare !== "report") {
    throw new CliError("CLI_BAD_CHOICE", `--compare is refuse or report, not "${compare}"`);
  }
  const progress = progressOf(`swap of ${flags.consumer}`);
  let most = 1;
  const { compared } = await swapConsumer({
    log: app.log,
    app: app.topics,
    consumer: flags.consumer,
    from,
    to,
    ...(compare === undefined ? {} : { compare }),
    onProgress: (now) => {
      most = Math.max(most, leftOf(now));
      progress.at(most - leftOf(now), most, now.phase);
    },
  }).finally(() => progress.end());
  process.stdout.write(`${JSON.stringify({ consumer: flags.consumer, from, to, ...(compared === null ? {} : { compared }) })}\n`);
  const old = consumerTopics(app.topics, flags.consumer, from);
  const { journal, inbox, state, functions, deadLetter } = old;
  process.stderr.write(
    `version ${to} has taken over. Version ${from} is idle: stop its workers, and delete its topics when you want it back no more: ${[journal, inbox, state, functions, deadLetter].join(", ")}\n`,
  );
}

function leftOf(progress: SwapProgress): number {
  if (progress.phase === "catching up") return progress.behind;
  return progress.phase === "draining" ? progress.owed : 0;
}

/** In their order. @throws SwapError `SWAP_NO_VERSION` where there is none */
async function versionsOf(app: AppLog, flags: ConsumerFlags): Promise<ReadonlyMap<number, ConsumerVersion>> {
  const { consumer, consumerVersion } = flags;
  const named = consumerVersion === undefined ? null : wholeNumber("--consumer-version", consumerVersion, 1);
  const found = new Map<number, ConsumerVersion>();
  for (let version = named ?? 1; version <= (named ?? lastOf(found) + MAX_APART); version++) {
    const topics = consumerTopics(app.topics, consumer, version);
    if (named === null && (await app.log.describeTopic(topics.journal)) === null) continue;
    found.set(version, await open(app, consumer, version));
  }
  return found.size > 0 ? found : new Map([[1, await open(app, consumer, 1)]]);
}

function lastOf(found: ReadonlyMap<number, ConsumerVersion>): number {
  return [...found.keys()].at(-1) ?? 0;
}

function open({ log, topics }: AppLog, consumer: string, version: number): Promise<ConsumerVersion> {
  return ConsumerVersion.open({
    log,
    topics: consumerTopics(topics, consumer, version),
    name: `consumer ${consumer}, version ${version}`,
    timeoutMs: ANSWER_MS,
  });
}

function checkOthersRun({ isAlone }: AppLog): void {
  if (!isAlone) return;
  throw new CliError(
    "CLI_EMBEDDED",
    "an embedded log is for one process at a time, so nobody who could answer runs beside this command. In the app's own process, consumer.status() tells, and consumer.takeOver() swaps",
  );
}
