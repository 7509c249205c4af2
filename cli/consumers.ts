// millrace consumers: how far they are, pausing them, and having a new version take the place of the one before.
import type { Command } from "commander";
import { pauseCommand, resumeCommand, tellFunction, type FunctionCommand } from "../engine/sdk/function-commands.ts";
import { consumerTopics } from "../engine/task/consumer/consumer-topics.ts";
import { SwapError } from "../engine/worker/swap/swap-error.ts";
import { swapConsumer, type SwapOptions, type SwapProgress } from "../engine/worker/swap/swap.ts";
import { ConsumerVersion } from "../engine/worker/swap/version.ts";
import { audited } from "./audited.ts";
import { CliError } from "./cli-error.ts";
import { wholeNumber, withAppLog, withLogFlags, type AppLog, type LogFlags } from "./app-log.ts";
import type { ApiClient } from "./client/api-client.ts";
import { listConsumers, PARTITION_COLUMNS, showConsumer, tellConsumer, type PartitionRow } from "./client/consumers-at.ts";
import { commandAgain } from "./client/command-again.ts";
import { asksServer, clientOf, type ServerFlags } from "./client/server-flags.ts";
import { asksEither, logFlagsOf, type EitherFlags } from "./client/where.ts";
import { interruptible } from "./interrupt.ts";
import { printList } from "./print/result.ts";
import { progressOf } from "./progress.ts";
import { say } from "./say.ts";

interface ConsumerFlags extends LogFlags {
  readonly consumer: string;
  readonly consumerVersion?: string;
  readonly json?: true;
}

interface EitherConsumerFlags extends EitherFlags {
  readonly consumer?: string;
  readonly consumerVersion?: string;
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
    asksEither(command.command(name))
      .description(description)
      .argument("[consumer]", "the consumer's id")
      .option("--consumer <id>", "the same, as a flag")
      .option("--consumer-version <number>", "with --app: one version of it (default: all that the log has)");
  asksServer(command.command("list"))
    .description("list consumers: how far each version is")
    .action((flags: ServerFlags) => listConsumers(clientOf(flags), { json: flags.json === true }));
  one("show", "how far each partition of a consumer is, as its owner says").action((id: string | undefined, flags: EitherConsumerFlags) =>
    either(id, flags, {
      log: show,
      server: (client, consumer, json) => showConsumer(client, consumer, json),
    }),
  );
  for (const [action, description, told] of [
    ["pause", "read no further and handle nothing until it is resumed, through restarts", pauseCommand],
    ["resume", "go on", resumeCommand],
  ] as const) {
    one(action, description).action((id: string | undefined, flags: EitherConsumerFlags) =>
      either(id, flags, {
        log: (app, direct) => tell(app, direct, told(direct.consumer)),
        server: (client, consumer, json) => tellConsumer(client, consumer, action, json),
      }),
    );
  }
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

interface Ways {
  readonly log: (app: AppLog, flags: ConsumerFlags) => Promise<void>;
  readonly server: (client: ApiClient, consumer: string, flags: { readonly json: boolean }) => Promise<void>;
}

async function either(id: string | undefined, flags: EitherConsumerFlags, { log, server }: Ways): Promise<void> {
  const consumer = id ?? flags.consumer;
  if (id !== undefined && flags.consumer !== undefined && id !== flags.consumer)
    throw new CliError("CLI_BAD_CHOICE", `"${id}" and --consumer "${flags.consumer}" are two: name one`);
  if (consumer === undefined) throw new CliError("CLI_BAD_CHOICE", "which consumer? `millrace consumers list` has their ids");
  const direct = logFlagsOf(flags);
  if (direct !== null) return withAppLog(direct, (app) => log(app, { ...direct, consumer }));
  if (flags.consumerVersion !== undefined)
    throw new CliError("CLI_BAD_CHOICE", "--consumer-version goes with --app: a server is told of all versions");
  return server(clientOf(flags), consumer, { json: flags.json === true });
}

async function show(app: AppLog, flags: ConsumerFlags): Promise<void> {
  checkOthersRun(app);
  const rows: PartitionRow[] = [];
  for (const [version, consumer] of await versionsOf(app, flags)) {
    const told = await consumer.ask().catch((error: unknown) => {
      if (error instanceof SwapError && error.code === "SWAP_NO_ANSWER") return error;
      throw error;
    });
    // Others are shown all the same: an old version may be stopped for good.
    if (told instanceof SwapError) {
      say(`${told.code}: ${told.message}`);
      process.exitCode = 1;
      continue;
    }
    for (const [partition, { mode, paused, owed, positions }] of told.entries()) {
      const at = await Promise.all(
        positions.map(async (one) => ({ ...one, lag: Math.max(0, (await app.log.latestOffset(one)) - one.offset) })),
      );
      const lag = at.reduce((sum, one) => sum + one.lag, 0);
      rows.push({ version, partition, mode, isPaused: paused, lag, waiting: owed, positions: at });
    }
  }
  printList(rows, { json: flags.json === true, columns: PARTITION_COLUMNS, none: "no partition told anything" });
}

async function tell(app: AppLog, flags: ConsumerFlags, command: FunctionCommand): Promise<void> {
  const { log } = app;
  const operation = command.type === "PauseFunction" && command.events !== null ? "consumer.pause" : "consumer.resume";
  for (const [version, { topics, partitions }] of await versionsOf(app, flags)) {
    const deed = { operation, target: flags.consumer, parameters: { version } };
    await audited(app, deed, () => tellFunction({ log, inbox: topics.inbox, partitions }, command));
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
  const onProgress = (now: SwapProgress): void => {
    most = Math.max(most, leftOf(now));
    progress.at(most - leftOf(now), most, now.phase);
  };
  const { consumer } = flags;
  const compares: Pick<SwapOptions, "compare"> = compare === undefined ? {} : { compare };
  const deed = { operation: "consumer.swap", target: consumer, parameters: { from, to, ...compares } };
  // Events may wait at the seam then, until it goes on.
  const goOn = (): string =>
    `stopped: version ${from} may stand still, and its events wait until this goes on. To go on: ${commandAgain()}`;
  const { compared } = await interruptible(goOn, (signal) =>
    audited(app, deed, () => swapConsumer({ log: app.log, app: app.topics, consumer, from, to, ...compares, onProgress, signal })),
  ).finally(() => progress.end());
  process.stdout.write(`${JSON.stringify({ consumer, from, to, ...(compared === null ? {} : { compared }) })}\n`);
  const old = consumerTopics(app.topics, consumer, from);
  const { journal, inbox, state, functions, deadLetter } = old;
  say(
    `version ${to} has taken over. Version ${from} is idle: stop its workers, and delete its topics when you want it back no more: ${[journal, inbox, state, functions, deadLetter].join(", ")}`,
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
