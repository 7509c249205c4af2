// An app's connection to its log: made when it is first needed, with the topics that it needs, and its sender of events.
import type { Logger as PinoLogger } from "pino";
import type { CheckedOptions, LogOptions } from "../config/options.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import type { Clock } from "../core/clock.ts";
import type { Codec } from "../log/encrypted/codec.ts";
import { openEncryptedLog } from "../log/encrypted/encrypted-log.ts";
import { LogError } from "../log/errors.ts";
import type { Log } from "../log/log.ts";
import type { Meters } from "../observability/meters.ts";
import type { Tracing } from "../observability/tracing.ts";
import type { AppTopics } from "../task/app-topics.ts";
import { setUpTopics } from "../worker/topic-setup.ts";
import type { AppSubjects } from "./app-subjects.ts";
import { EventProducer } from "./event-producer.ts";
import { openLog } from "./open-log.ts";
import { ownTopics } from "./own-topics.ts";
import type { BodyEncoder } from "./outgoing-record.ts";

export interface AppConnectionOptions {
  /** Its id. */
  readonly app: string;
  readonly options: CheckedOptions & { readonly log: LogOptions };
  readonly topics: AppTopics;
  /** Null: nothing is sealed. Their keys are known before anything is read or sent. */
  readonly subjects: AppSubjects | null;
  /** Somebody else's, which they close. */
  readonly log: Log | null;
  readonly codec: Codec | null;
  readonly clock: Clock;
  readonly logger: PinoLogger;
  readonly meters: Meters;
  readonly tracing: Tracing;
  readonly encode: BodyEncoder;
  readonly signal: AbortSignal;
}

export interface Connection {
  readonly log: Log;
  readonly partitions: number;
  readonly producer: EventProducer;
}

export class AppConnection {
  readonly #options: AppConnectionOptions;
  #opening: Promise<Connection> | null = null;
  #now: Connection | null = null;

  constructor(options: AppConnectionOptions) {
    this.#options = options;
  }

  /** Null until all calls that waited for it have gone on: calls keep their order. */
  get now(): Connection | null {
    return this.#now;
  }

  /** One for all; made again after it failed. @throws LogError; TopicError */
  open(): Promise<Connection> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  /** What was never sent may be sent again by the caller without a doubt. @throws LogError `LOG_UNAVAILABLE`; as `open` */
  async inTime(): Promise<Connection> {
    const { timeoutMs } = this.#options.options.send;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `the log was not reached within ${timeoutMs} ms; nothing was sent. Check where it is and that it runs`;
      timer = setTimeout(() => reject(new LogError("LOG_UNAVAILABLE", message, { retriable: true })), timeoutMs);
    });
    try {
      return await Promise.race([this.open(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Where connecting failed there is nothing to close, and whoever asked was told. */
  async close(): Promise<void> {
    const connection = await this.#opening?.catch(() => null);
    if (this.#options.log === null) await connection?.log.close();
  }

  async #open(): Promise<Connection> {
    const { app, options, topics, subjects, log: given, codec, clock, logger, encode, meters, tracing, signal } = this.#options;
    const { createTopics, maxEventBytes, fsync, send } = options;
    const isOwn = ownTopics(
      topics,
      options.sources.map(({ topic }) => topic),
    );
    const bare = given ?? (await openLog(options.log, logger, signal));
    // Whoever stops while the log does not answer does not wait for it.
    const close = (): void => void (given === null && bare.close());
    signal.addEventListener("abort", close);
    if (signal.aborted) close();
    try {
      const log = await openEncryptedLog(bare, { codec, isOwn });
      const wishes = { topics, partitions: options.partitions, maxEventBytes, fsync, erasable: options.erasable };
      const partitions = await setUpTopics({
        log,
        ...wishes,
        createTopics,
        logger,
        trimsJournals: options.retention.journal !== undefined,
      });
      if (subjects === null) await checkSealsNothing(log, topics);
      await subjects?.begin(log);
      const now = (): number => clock.wallMs();
      const producer = new EventProducer({
        log,
        topic: topics.events,
        partitions,
        source: app,
        maxEventBytes,
        now,
        signal,
        send,
        encode,
        meters,
        tracing,
      });
      const connection = { log, partitions, producer };
      setImmediate(() => (this.#now = connection));
      return connection;
    } catch (error) {
      if (given === null) await bare.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
    }
  }
}

/** Code would be given what is sealed, and what it makes of it would stand in plain. @throws ConfigurationError `NOT_ERASABLE` */
async function checkSealsNothing(log: Log, { keys }: AppTopics): Promise<void> {
  if ((await log.describeTopic(keys)) === null) return;
  throw new ConfigurationError(
    "NOT_ERASABLE",
    `the log has the topic ${keys}, so other processes of this app seal data of subjects, and this one would not open it: say \`erasable: true\` here, too`,
  );
}
