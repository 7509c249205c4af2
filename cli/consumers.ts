// millrace consumers: how far they are, pausing them, and having a new version take the place of the one before.
import type { Command } from "commander";
import { pauseCommand, resumeCommand, tellFunction, type FunctionCommand } from "../engine/sdk/function-commands.ts";
import { consumerTopics } from "../engine/task/consumer/consumer-topics.ts";
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

export function consumersCommand(command: Command): Command {
  command.description("consumers of an app: how far they are, and versions that take each other's place");
  const one = (name: string, description: string): Command =>
    withLogFlags(command.command(name))
      .description(description)
      .requiredOption("--consumer <id>", "the consumer's id")
      .option("--consumer-version <number>", "its version (default: 1)");
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
  const version = await versionOf(app, flags);
  for (const [partition, told] of (await version.ask()).entries()) {
    const lags = await Promise.all(told.positions.map(async (one) => (await app.log.latestOffset(one)) - one.offset));
    const lag = lags.reduce((sum, one) => sum + Math.max(one, 0), 0);
    process.stdout.write(`${flags.json === true ? jsonOf(partition, told, lag) : lineOf(partition, told, lag)}\n`);
  }
}

function jsonOf(partition: number, { mode, positions, owed }: ConsumerTold, lag: number): string {
  return JSON.stringify({ partition, mode, lag, waiting: owed, positions });
}

function lineOf(partition: number, { mode, positions, owed }: ConsumerTold, lag: number): string {
  const sources = positions.map(({ topic, partition: of, offset }) => `${topic}/${of} at ${offset}`).join(", ");
  return `partition ${partition}: ${mode}, lag ${lag}, ${owed} to be handled; ${sources}`;
}

async function tell(app: AppLog, flags: ConsumerFlags, command: FunctionCommand): Promise<void> {
  const { log } = app;
  const { topics, partitions } = await versionOf(app, flags);
  await tellFunction({ log, inbox: topics.inbox, partitions }, command);
  process.stdout.write(`${JSON.stringify({ type: command.type, consumer: flags.consumer })}\n`);
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

async function versionOf({ log, topics }: AppLog, { consumer, consumerVersion }: ConsumerFlags): Promise<ConsumerVersion> {
  const version = consumerVersion === undefined ? 1 : wholeNumber("--consumer-version", consumerVersion, 1);
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
