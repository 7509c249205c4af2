// The app and the log that a command is about: from its flags, else from the environment as the library reads it.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { checkOptions, type AppOptions } from "../engine/config/options.ts";
import type { Codec } from "../engine/log/encrypted/codec.ts";
import { openEncryptedLog } from "../engine/log/encrypted/encrypted-log.ts";
import { LogError } from "../engine/log/errors.ts";
import type { Log } from "../engine/log/log.ts";
import type { Logger } from "../engine/observability/logger.ts";
import { openLog } from "../engine/sdk/open-log.ts";
import { ownTopics } from "../engine/sdk/own-topics.ts";
import { appTopics, type AppTopics } from "../engine/task/app-topics.ts";
import type { AppInfo } from "../server/contract/app.ts";
import { CliError } from "./cli-error.ts";
import { clientOf } from "./client/server-flags.ts";
import { loadCodec } from "./codec-module.ts";
import { namedApp } from "./named-app.ts";
import { say } from "./say.ts";

export interface LogFlags {
  /** Default: as environment and file have it. */
  readonly app?: string;
  readonly log?: string;
  readonly brokers?: string;
  readonly kafkaConfig?: string;
  readonly path?: string;
  readonly topicPrefix?: string;
  readonly codec?: string;
  readonly config?: string;
}

export interface AppLog {
  /** The app's. */
  readonly id: string;
  readonly log: Log;
  readonly topics: AppTopics;
  /** How many partitions the app has. */
  readonly partitions: number;
  /** Whether topics that are missing may be made. */
  readonly createTopics: boolean;
  /** Nobody else can have the log open. */
  readonly isAlone: boolean;
}

const OPENING_MS = 20_000;
const ASKING_MS = 1_000;

/** `app`: what naming one means. */
export function withLogFlags(command: Command, app = "the app's id (MILLRACE_APP)"): Command {
  return command
    .option("--app <id>", app)
    .option("--log <kind>", "kafka or embedded; by default kafka where brokers are given, else embedded")
    .option("--brokers <addresses>", "host:port of Kafka's brokers, with commas (default: MILLRACE_BROKERS)")
    .option("--kafka-config <file>", "a JSON file with what `log` of `new Millrace` takes for Kafka, e.g. brokers, ssl, sasl")
    .option("--path <directory>", "of an embedded log (default: .millrace)")
    .option("--topic-prefix <prefix>", "as given to `new Millrace`")
    .option("--config <file>", "of settings, in JSON (default: millrace.json, where it is there)")
    .option("--codec <module>", "a module that exports what the app encrypts with as `codec`, or the app itself");
}

/** Opens the log, hands it to `work`, and closes it. */
export async function withAppLog<T>(flags: LogFlags, work: (app: AppLog) => Promise<T>): Promise<T> {
  const { log, brokers, kafkaConfig, path: directory } = flags;
  const isNamed = [log, brokers, kafkaConfig, directory].some((flag) => flag !== undefined);
  const id = namedApp(flags);
  const codec = flags.codec === undefined ? null : await loadCodec(flags.codec);
  return withLogOf({ ...checkOptions(appOptions(id, flags)), codec }, (app) => {
    // An old directory of the same app would answer as well as Kafka.
    if (!isNamed) say(`log: ${app.log.description}`);
    return work(app);
  });
}

/** The same for an app whose options are known. */
export async function withLogOf<T>(
  { id, topicPrefix, createTopics, log: logOptions, codec }: ReturnType<typeof checkOptions> & { readonly codec: Codec | null },
  work: (app: AppLog) => Promise<T>,
): Promise<T> {
  if (logOptions.kind === "embedded") checkIsThere(logOptions.path ?? ".millrace");
  const bare = await opened(logOptions);
  try {
    const topics = appTopics(topicPrefix + id);
    const log = await openEncryptedLog(bare, { codec, isOwn: ownTopics(topics) });
    const journal = await log.describeTopic(topics.journal);
    if (journal === null) {
      throw new CliError(
        "CLI_NO_APP",
        `${log.description} has no topic ${topics.journal}: check --app, --topic-prefix and the log's place`,
      );
    }
    return await work({ id, log, topics, partitions: journal.partitions, createTopics, isAlone: logOptions.kind === "embedded" });
  } finally {
    await bare.close();
  }
}

/** The partitions that a command is about: the one named, or all. */
export function partitionsOf(app: AppLog, named: string | undefined): readonly number[] {
  if (named === undefined) return Array.from({ length: app.partitions }, (_, partition) => partition);
  const partition = wholeNumber("--partition", named);
  if (partition < app.partitions) return [partition];
  throw new CliError("CLI_NO_PARTITION", `there is no partition ${partition}: the app has 0 to ${app.partitions - 1}`);
}

export function wholeNumber(flag: string, text: string, from = 0): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= from) return number;
  throw new CliError("CLI_BAD_NUMBER", `${flag} is a whole number from ${from} on, not "${text}"`);
}

async function opened(options: ReturnType<typeof checkOptions>["log"]): Promise<Log> {
  const late = AbortSignal.timeout(OPENING_MS);
  try {
    return await openLog(options, toStandardError, late);
  } catch (cause) {
    if (cause instanceof LogError && cause.code === "LOG_LOCKED") throw await held(cause);
    if (!late.aborted || !(cause instanceof LogError) || cause.code !== "LOG_ABORTED") throw cause;
    throw new CliError("CLI_NO_ANSWER", `no broker answered in ${OPENING_MS / 1_000} s`, { cause });
  }
}

/** Where a server answers, it is probably the one that has the log. */
async function held(cause: LogError): Promise<Error> {
  const client = clientOf({}, nothing);
  const served = await client.get<AppInfo>("/app", {}, AbortSignal.timeout(ASKING_MS)).catch(() => null);
  const who =
    served === null
      ? "Whoever has it, probably `millrace dev`, tells where its API is: name that with --server to `millrace runs`, `events`, `functions` and others that ask a server"
      : `App "${served.id}" is served at ${client.where.url}: ask there, with \`millrace runs\`, \`events\`, \`functions\`, or in its dashboard, which also verifies and replays`;
  return new CliError("CLI_LOG_HELD", `${cause.message}. ${who}. This command reads the log itself: end that process first`, { cause });
}

function appOptions(id: string, { log, brokers, kafkaConfig, path: directory, topicPrefix }: LogFlags): AppOptions {
  const addresses = brokers?.split(",").map((address) => address.trim());
  const kind = log ?? (addresses !== undefined || kafkaConfig !== undefined ? "kafka" : directory === undefined ? undefined : "embedded");
  const given = {
    kind,
    ...(kafkaConfig === undefined ? {} : readObject(kafkaConfig)),
    ...(addresses === undefined ? {} : { brokers: addresses }),
    ...(directory === undefined ? {} : { path: directory }),
  };
  return {
    id,
    ...(topicPrefix === undefined ? {} : { topicPrefix }),
    // The schema of the options tells whether the flags fit together.
    ...(kind === undefined ? {} : { log: given as NonNullable<AppOptions["log"]> }),
  };
}

function readObject(file: string): object {
  try {
    const read: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return read;
  } catch (cause) {
    throw new CliError("CLI_BAD_FILE", `${file} cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  throw new CliError("CLI_BAD_FILE", `${file} holds no JSON object`);
}

/** Looking at a log must not make one. */
function checkIsThere(directory: string): void {
  if (existsSync(path.join(directory, "log.db"))) return;
  throw new CliError(
    "CLI_NO_LOG",
    `there is no embedded log in ${path.resolve(directory)}. Name its directory with --path, or Kafka's brokers with --brokers`,
  );
}

const nothing = (): void => {};
const tell = (_fields: object, message: string): void => say(message);
export const toStandardError: Logger = { debug: nothing, info: nothing, warn: tell, error: tell };
